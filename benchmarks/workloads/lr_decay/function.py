"""The step as a `tf.function`, to which what changes is passed as tensors."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.lr_decay.data import DECAY, PERIOD, strengths
from benchmarks.workloads.mlp_small.data import RATE, SMALL, Array, Labels


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    batches = SMALL.batches()
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    w1, b1, w2, b2, w3, b3 = parameters
    table = tf.constant(strengths)
    rate, counter = RATE, 0

    @tf.function
    def step(images: Array, labels: Labels, rate: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
            hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
            logits = tf.matmul(hidden, w3) + b3
            loss = table[place] * tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(rate * gradient)
        return loss

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        nonlocal rate, counter
        losses = []
        for _ in range(iterations):
            images, labels = next(stream)
            # A Python number would be traced anew for each of its values.
            loss = step(images, labels, tf.constant(rate), tf.constant(counter % PERIOD))
            rate *= DECAY
            counter += 1
            losses.append(float(loss))
        return losses

    return run
