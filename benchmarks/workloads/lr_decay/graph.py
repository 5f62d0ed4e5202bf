"""The step as a graph built by hand, to which what changes is fed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from benchmarks.workloads.lr_decay.data import DECAY, PERIOD, strengths
from benchmarks.workloads.mlp_small.data import RATE, SMALL

v1 = tf.compat.v1


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    batches = SMALL.batches()
    with tf.Graph().as_default() as graph:
        parameters = [v1.Variable(array, use_resource=True) for array in SMALL.initial()]
        w1, b1, w2, b2, w3, b3 = parameters
        images = v1.placeholder(tf.float32, (SMALL.batch, SMALL.sizes[0]))
        labels = v1.placeholder(tf.int32, (SMALL.batch,))
        fed_rate, place = v1.placeholder(tf.float32, ()), v1.placeholder(tf.int32, ())
        hidden = tf.nn.relu(tf.matmul(images, w1) + b1)
        hidden = tf.nn.relu(tf.matmul(hidden, w2) + b2)
        logits = tf.matmul(hidden, w3) + b3
        loss = tf.constant(strengths)[place] * tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )
        gradients = tf.gradients(loss, parameters)
        update = tf.group(
            *[
                v1.assign_sub(parameter, fed_rate * gradient)
                for parameter, gradient in zip(parameters, gradients, strict=True)
            ]
        )
        session = v1.Session(graph=graph)
        session.run(v1.global_variables_initializer())
    rate, counter = RATE, 0

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        nonlocal rate, counter
        losses = []
        for _ in range(iterations):
            batch, truth = next(stream)
            feeds: dict[Any, Any] = {
                images: batch, labels: truth, fed_rate: rate, place: counter % PERIOD,
            }
            value, _ = session.run([loss, update], feeds)
            rate *= DECAY
            counter += 1
            losses.append(float(value))
        return losses

    return run
