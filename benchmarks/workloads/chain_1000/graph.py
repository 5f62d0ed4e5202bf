"""The chain as a graph built by hand."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.chain_1000 import data

v1 = tf.compat.v1


def make(length: int) -> Callable[[int], list[float]]:
    """The chain, run by `Session.run`."""
    with tf.Graph().as_default() as graph:
        start = h = v1.placeholder(tf.float32, data.start.shape)
        bias = tf.constant(data.bias)
        for _ in range(length // data.PASS):
            h = tf.tanh(h * 0.9 + bias)
            h = tf.maximum(h - bias, 0.01)
        end = tf.reduce_sum(h)
    session = v1.Session(graph=graph)
    return lambda iterations: [
        float(session.run(end, {start: data.start})) for _ in range(iterations)
    ]
