"""The step as one `tf.function`."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, Array, Labels, batches, initial


def make(decay: float = 1.0) -> Callable[[int], list[float]]:
    """A fresh network whose learning rate shrinks by the factor `decay` in every step."""
    parameters = [tf.Variable(array) for array in initial()]
    w1, b1, w2, b2, w3, b3 = parameters
    rate = RATE

    @tf.function
    def step(images: Array, labels: Labels, rate: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
            hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
            logits = tf.matmul(hidden, w3) + b3
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(rate * gradient)
        return loss

    def run(iterations: int) -> list[float]:
        nonlocal rate
        losses = []
        for number in range(iterations):
            images, labels = batches[number % len(batches)]
            # A Python float that is the same every time is traced once; one that changes has to
            # be passed as a tensor.
            loss = step(images, labels, rate if decay == 1.0 else tf.constant(rate))
            rate *= decay
            losses.append(float(loss))
        return losses

    return run
