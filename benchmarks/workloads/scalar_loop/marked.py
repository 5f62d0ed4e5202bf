# tfimp: eager
"""Doubles a vector until it is long, and follows a number to 1, as plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.scalar_loop.data import starts


def make() -> Callable[[int], list[list[float]]]:
    """Nothing to make ready."""

    def sum_of_long(y: tf.Tensor) -> tf.Tensor:
        while tf.linalg.global_norm([y]) < 1000.0:
            y = y * 2.0
        return tf.reduce_sum(y)

    def collatz(n: tf.Tensor) -> int:
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    stream = itertools.cycle(starts)

    def run(iterations: int) -> list[list[float]]:
        results = []
        for _ in range(iterations):
            vector, whole = next(stream)
            total = sum_of_long(tf.constant(vector))
            steps = collatz(tf.constant(whole))
            results.append([float(total), float(steps)])
        return results

    return run
