# tfimp: eager
"""The step as tfimp has it: `tf.gradients` inside `tf.new_step`."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, Array, Labels, batches, initial


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    def loss_of(images: Array, labels: Labels) -> tf.Tensor:
        hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
        hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
        logits = tf.matmul(hidden, w3) + b3
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations):
            images, labels = batches[number % len(batches)]
            with tf.new_step():
                loss = loss_of(images, labels)
                gradients = tf.gradients(loss, parameters)
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    tf.assign_sub(parameter, RATE * gradient)
            losses.append(float(loss))
        return losses

    return run
