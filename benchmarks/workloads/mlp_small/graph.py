"""The step as a graph built by hand, with resource variables, run in a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import BATCH, RATE, SIZES, batches, initial

v1 = tf.compat.v1


class _Graph:
    def __init__(self, decays: bool = False) -> None:
        with tf.Graph().as_default() as graph:
            parameters = [v1.Variable(array, use_resource=True) for array in initial()]
            w1, b1, w2, b2, w3, b3 = parameters
            self.images = v1.placeholder(tf.float32, (BATCH, SIZES[0]))
            self.labels = v1.placeholder(tf.int32, (BATCH,))
            self.rate = v1.placeholder(tf.float32, ()) if decays else tf.constant(RATE)
            hidden = tf.nn.relu(tf.matmul(self.images, w1) + b1)
            hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
            logits = tf.matmul(hidden, w3) + b3
            self.loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=self.labels, logits=logits
                )
            )
            gradients = tf.gradients(self.loss, parameters)
            self.update = tf.group(
                *[
                    v1.assign_sub(parameter, self.rate * gradient)
                    for parameter, gradient in zip(parameters, gradients, strict=True)
                ]
            )
            self.session = v1.Session(graph=graph)
            self.session.run(v1.global_variables_initializer())


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    graph = _Graph()
    fetches = [graph.loss, graph.update]

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations):
            images, labels = batches[number % len(batches)]
            feeds = {graph.images: images, graph.labels: labels}
            loss, _ = graph.session.run(fetches, feeds)
            losses.append(float(loss))
        return losses

    return run


def make_decaying(decay: float) -> Callable[[int], list[float]]:
    """The same with a learning rate that shrinks by the factor `decay` in every step."""
    graph = _Graph(decays=True)
    fetches = [graph.loss, graph.update]
    rate = RATE

    def run(iterations: int) -> list[float]:
        nonlocal rate
        losses = []
        for number in range(iterations):
            images, labels = batches[number % len(batches)]
            feeds: dict[Any, Any] = {graph.images: images, graph.labels: labels, graph.rate: rate}
            loss, _ = graph.session.run(fetches, feeds)
            rate *= decay
            losses.append(float(loss))
        return losses

    return run


def make_callable() -> Callable[[int], list[float]]:
    """A fresh network, its step run by what `Session.make_callable` returns."""
    graph = _Graph()
    step = graph.session.make_callable([graph.loss, graph.update], [graph.images, graph.labels])

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations):
            loss, _ = step(*batches[number % len(batches)])
            losses.append(float(loss))
        return losses

    return run
