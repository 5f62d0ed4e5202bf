"""The step as one `tf.function`."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.helpers.model import logits_of, loss_of
from benchmarks.workloads.mlp_small.data import RATE, SMALL, Array, Labels


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    batches = SMALL.batches()
    parameters = [tf.Variable(array) for array in SMALL.initial()]

    @tf.function
    def step(images: Array, labels: Labels) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(logits_of(images, parameters), labels)
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(RATE * gradient)
        return loss

    stream = itertools.cycle(batches)
    return lambda iterations: [float(step(*next(stream))) for _ in range(iterations)]
