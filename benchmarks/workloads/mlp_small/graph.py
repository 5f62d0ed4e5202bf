"""The step as a graph built by hand, with resource variables, run in a session."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from benchmarks.workloads.mlp_small.data import RATE, SMALL, Array, Labels, Problem

v1 = tf.compat.v1


class Graph:
    """The network and its update as a graph, with a session in which it is initialised."""

    def __init__(self, problem: Problem, any_size: bool = False) -> None:
        batch = None if any_size else problem.batch
        with tf.Graph().as_default() as graph:
            parameters = [v1.Variable(array, use_resource=True) for array in problem.initial()]
            w1, b1, w2, b2, w3, b3 = parameters
            self.images = v1.placeholder(tf.float32, (batch, problem.sizes[0]))
            self.labels = v1.placeholder(tf.int32, (batch,))
            hidden = tf.nn.relu(tf.matmul(self.images, w1) + b1)
            hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
            logits = tf.matmul(hidden, w3) + b3
            self.loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logits)
            )
            gradients = tf.gradients(self.loss, parameters)
            self.update = tf.group(
                *[
                    v1.assign_sub(parameter, RATE * gradient)
                    for parameter, gradient in zip(parameters, gradients, strict=True)
                ]
            )
            self.session = v1.Session(graph=graph)
            self.session.run(v1.global_variables_initializer())


def trainer(
    graph: Any, batches: Iterable[tuple[Array, Labels]], steps: int = 1
) -> Callable[[int], list[float]]:
    """A function that runs the step of a graph; a step whose loss nobody fetches only updates."""
    stream = itertools.cycle(batches)
    both, quietly = [graph.loss, graph.update], graph.update

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations * steps):
            images, labels = next(stream)
            feeds = {graph.images: images, graph.labels: labels}
            if (number + 1) % steps == 0:
                losses.append(float(graph.session.run(both, feeds)[0]))
            else:
                graph.session.run(quietly, feeds)
        return losses

    return run


def make(problem: Problem = SMALL, steps: int = 1) -> Callable[[int], list[float]]:
    """A fresh network; an iteration is so many steps, the last of which has its loss fetched."""
    return trainer(Graph(problem), problem.batches(), steps)


def make_callable(problem: Problem = SMALL) -> Callable[[int], list[float]]:
    """A fresh network, its step run by what `Session.make_callable` returns."""
    graph, batches = Graph(problem), problem.batches()
    step = graph.session.make_callable([graph.loss, graph.update], [graph.images, graph.labels])
    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            loss, _ = step(*next(stream))
            losses.append(float(loss))
        return losses

    return run
