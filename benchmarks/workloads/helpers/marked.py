# tfimp: eager
"""A marked training loop around a network from an unmarked module."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.helpers.model import logits_of, loss_of
from benchmarks.workloads.mlp_small.data import RATE, SMALL


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    batches = SMALL.batches()
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            images, labels = map(tf.constant, next(stream))
            with tf.GradientTape() as tape:
                loss = loss_of(logits_of(images, parameters), labels)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(RATE * gradient)
            losses.append(float(loss))
        return losses

    return run
