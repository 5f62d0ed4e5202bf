# tfimp: eager
"""Two convolutions and what follows them; the machine is busy computing."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.convnet.data import RATE, Array, Labels, batches, initial


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]
    k1, b1, k2, b2, w, b = parameters

    def loss_of(images: Array, labels: Labels) -> tf.Tensor:
        hidden = tf.nn.relu(tf.nn.conv2d(images, k1, 1, "SAME") + b1)
        hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID")
        hidden = tf.nn.relu(tf.nn.conv2d(hidden, k2, 1, "SAME") + b2)
        hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID")
        logits = tf.matmul(tf.reshape(hidden, [hidden.shape[0], -1]), w) + b
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            images, labels = next(stream)
            with tf.GradientTape() as tape:
                loss = loss_of(images, labels)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(RATE * gradient)
            losses.append(float(loss))
        return losses

    return run
