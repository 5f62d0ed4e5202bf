# tfimp: eager
"""The step with a Python float that shrinks and a Python counter that indexes a tensor."""

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

    def loss_of(images: Array, labels: Labels) -> tf.Tensor:
        hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
        hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
        logits = tf.matmul(hidden, w3) + b3
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        nonlocal rate, counter
        losses = []
        for _ in range(iterations):
            images, labels = next(stream)
            with tf.GradientTape() as tape:
                loss = table[counter % PERIOD] * loss_of(images, labels)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(rate * gradient)
            rate *= DECAY
            counter += 1
            losses.append(float(loss))
        return losses

    return run
