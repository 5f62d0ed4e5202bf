# tfimp: eager
"""Doubles a vector until it is long, as plain Python."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.scalar_loop.data import starts


def make() -> Callable[[int], list[float]]:
    """Nothing to make ready."""

    def run(iterations: int) -> list[float]:
        sums = []
        for number in range(iterations):
            y = tf.constant(starts[number % len(starts)])
            while tf.linalg.global_norm([y]) < 1000.0:
                y = y * 2.0
            sums.append(float(tf.reduce_sum(y)))
        return sums

    return run
