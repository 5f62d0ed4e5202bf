"""The chain as one `tf.function`."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.chain_1000 import data


def make(length: int) -> Callable[[int], list[float]]:
    """The start of the chain."""
    start, bias = tf.constant(data.start), tf.constant(data.bias)

    @tf.function
    def chain(h: tf.Tensor) -> tf.Tensor:
        for _ in range(length // data.PASS):
            h = tf.tanh(h * 0.9 + bias)
            h = tf.maximum(h - bias, 0.01)
        return tf.reduce_sum(h)

    return lambda iterations: [float(chain(start)) for _ in range(iterations)]
