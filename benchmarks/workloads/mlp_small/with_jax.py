"""The step in JAX, as one jitted function."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.workloads.mlp_small.data import RATE, SMALL, Array, Labels, Problem


def _loss_of(parameters: list[Any], images: Array, labels: Labels) -> Any:
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = jax.nn.relu(images @ w1 + b1)
    hidden = jax.nn.relu(hidden @ w2 + b2)
    scores = jax.nn.log_softmax(hidden @ w3 + b3)
    return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], axis=1))


@jax.jit
def _step(parameters: list[Any], images: Array, labels: Labels) -> tuple[Any, list[Any]]:
    loss, gradients = jax.value_and_grad(_loss_of)(parameters, images, labels)
    updated = [p - RATE * g for p, g in zip(parameters, gradients, strict=True)]
    return loss, updated


def make(problem: Problem = SMALL, steps: int = 1) -> Callable[[int], list[float]]:
    """A fresh network; an iteration is so many steps, the last of which has its loss fetched."""
    batches = problem.batches()
    parameters: list[Any] = [jnp.asarray(array) for array in problem.initial()]

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        nonlocal parameters
        losses = []
        for number in range(iterations * steps):
            loss, parameters = _step(parameters, *next(stream))
            if (number + 1) % steps == 0:
                losses.append(float(loss))
        return losses

    return run
