# tfimp: eager
"""The training loop over batches of many sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, SMALL, Array, Labels
from benchmarks.workloads.ragged_batches.data import batches


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    def loss_of(images: Array, labels: Labels) -> tf.Tensor:
        hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
        hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
        logits = tf.matmul(hidden, w3) + b3
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
