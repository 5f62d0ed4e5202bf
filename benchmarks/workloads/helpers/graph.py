"""The step as a graph built by hand."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.helpers.model import logits_of, loss_of
from benchmarks.workloads.mlp_small.data import RATE, SMALL
from benchmarks.workloads.mlp_small.graph import trainer

v1 = tf.compat.v1


class _Graph:
    def __init__(self) -> None:
        with tf.Graph().as_default() as graph:
            parameters = [v1.Variable(array, use_resource=True) for array in SMALL.initial()]
            self.images = v1.placeholder(tf.float32, (SMALL.batch, SMALL.sizes[0]))
            self.labels = v1.placeholder(tf.int32, (SMALL.batch,))
            self.loss = loss_of(logits_of(self.images, parameters), self.labels)
            gradients = tf.gradients(self.loss, parameters)
            self.update = tf.group(
                *[
                    v1.assign_sub(parameter, RATE * gradient)
                    for parameter, gradient in zip(parameters, gradients, strict=True)
                ]
            )
            self.session = v1.Session(graph=graph)
            self.session.run(v1.global_variables_initializer())


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    return trainer(_Graph(), SMALL.batches())
