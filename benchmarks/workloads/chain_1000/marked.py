# tfimp: eager
"""A chain of op calls in a Python loop."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.chain_1000 import data


def make(length: int) -> Callable[[int], list[float]]:
    """The start of the chain."""
    start, bias = tf.constant(data.start), tf.constant(data.bias)

    def run(iterations: int) -> list[float]:
        sums = []
        for _ in range(iterations):
            h = start
            for _ in range(length // data.PASS):
                h = tf.tanh(h * 0.9 + bias)
                h = tf.maximum(h - bias, 0.01)
            sums.append(float(tf.reduce_sum(h)))
        return sums

    return run
