"""The loops as AutoGraph turns them into graph control flow."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.scalar_loop.data import starts


@tf.function
def _sum_of_long(y: tf.Tensor) -> tf.Tensor:
    while tf.linalg.global_norm([y]) < 1000.0:
        y = y * 2.0
    return tf.reduce_sum(y)


@tf.function
def _collatz(n: tf.Tensor) -> tf.Tensor:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def make() -> Callable[[int], list[list[float]]]:
    """Nothing to make ready."""
    stream = itertools.cycle(starts)

    def run(iterations: int) -> list[list[float]]:
        results = []
        for _ in range(iterations):
            vector, whole = next(stream)
            total = _sum_of_long(vector)
            steps = _collatz(tf.constant(whole))
            results.append([float(total), float(steps)])
        return results

    return run
