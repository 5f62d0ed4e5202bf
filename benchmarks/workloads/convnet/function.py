"""The step as one `tf.function`."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.convnet.data import RATE, Array, Labels, batches, initial
from benchmarks.workloads.convnet.layers import loss_of


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]

    @tf.function
    def step(images: Array, labels: Labels) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(images, labels, parameters)
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(RATE * gradient)
        return loss

    stream = itertools.cycle(batches)
    return lambda iterations: [float(step(*next(stream))) for _ in range(iterations)]
