"""The step as one `tf.function`, called with each batch."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.dataset_loop.data import dataset
from benchmarks.workloads.mlp_small.data import RATE, SMALL


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(images @ w1 + b1)
            hidden = tf.nn.relu(hidden @ w2 + b2)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=labels, logits=hidden @ w3 + b3
            ))
        for parameter, gradient in zip(parameters, tape.gradient(loss, parameters), strict=True):
            parameter.assign_sub(RATE * gradient)
        return loss

    batches = iter(dataset())
    return lambda iterations: [float(step(*next(batches))) for _ in range(iterations)]
