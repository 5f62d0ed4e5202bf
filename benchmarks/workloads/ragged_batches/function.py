"""The step as a `tf.function` that is traced once for batches of any size."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, SMALL
from benchmarks.workloads.ragged_batches.data import batches


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in SMALL.initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    @tf.function(input_signature=[
        tf.TensorSpec([None, SMALL.sizes[0]], tf.float32), tf.TensorSpec([None], tf.int32),
    ])
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
            hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
            logits = tf.matmul(hidden, w3) + b3
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(RATE * gradient)
        return loss

    stream = itertools.cycle(batches)
    return lambda iterations: [float(step(*next(stream))) for _ in range(iterations)]
