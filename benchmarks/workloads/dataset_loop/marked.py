# tfimp: eager
"""The training loop over a dataset, as any TF2 program has it."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.dataset_loop.data import dataset
from benchmarks.workloads.mlp_small.data import RATE, SMALL


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    def loss_of(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        hidden = tf.nn.relu(images @ w1 + b1)
        hidden = tf.nn.relu(hidden @ w2 + b2)
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=hidden @ w3 + b3)
        )

    batches = iter(dataset())

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            images, labels = next(batches)
            with tf.GradientTape() as tape:
                loss = loss_of(images, labels)
            for parameter, gradient in zip(
                parameters, tape.gradient(loss, parameters), strict=True
            ):
                parameter.assign_sub(RATE * gradient)
            losses.append(float(loss))
        return losses

    return run
