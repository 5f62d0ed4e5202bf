"""The step in TF2 eager mode, with a GradientTape."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, Array, Labels, batches, initial


def make(decay: float = 1.0) -> Callable[[int], list[float]]:
    """A fresh network whose learning rate shrinks by the factor `decay` in every step."""
    parameters = [tf.Variable(array) for array in initial()]
    w1, b1, w2, b2, w3, b3 = parameters
    rate = RATE

    def loss_of(images: Array, labels: Labels) -> tf.Tensor:
        hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
        hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
        logits = tf.matmul(hidden, w3) + b3
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    def run(iterations: int) -> list[float]:
        nonlocal rate
        losses = []
        for number in range(iterations):
            images, labels = batches[number % len(batches)]
            with tf.GradientTape() as tape:
                loss = loss_of(images, labels)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(rate * gradient)
            rate *= decay
            losses.append(float(loss))
        return losses

    return run
