"""The step as a graph built by hand, with the Adam of compat.v1."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.keras_custom.data import (
    BATCH,
    EPSILON,
    INPUTS,
    RATE,
    batches,
    initial,
)
from benchmarks.workloads.mlp_small.graph import trainer

v1 = tf.compat.v1


class _Graph:
    def __init__(self) -> None:
        with tf.Graph().as_default() as graph:
            w1, b1, w2, b2 = (v1.Variable(array, use_resource=True) for array in initial())
            self.images = v1.placeholder(tf.float32, (BATCH, INPUTS))
            self.labels = v1.placeholder(tf.int32, (BATCH,))
            hidden = tf.nn.relu(tf.matmul(self.images, w1) + b1)
            self.loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=self.labels, logits=tf.matmul(hidden, w2) + b2
                )
            )
            optimizer = v1.train.AdamOptimizer(RATE, epsilon=EPSILON)
            self.update = optimizer.minimize(self.loss)
            self.session = v1.Session(graph=graph)
            self.session.run(v1.global_variables_initializer())


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    return trainer(_Graph(), batches)
