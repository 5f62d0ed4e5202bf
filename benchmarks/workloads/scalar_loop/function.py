"""The loop as AutoGraph turns it into graph control flow."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.scalar_loop.data import starts


@tf.function
def _sum_of_long(y: tf.Tensor) -> tf.Tensor:
    while tf.linalg.global_norm([y]) < 1000.0:
        y = y * 2.0
    return tf.reduce_sum(y)


def make() -> Callable[[int], list[float]]:
    """Nothing to make ready."""

    def run(iterations: int) -> list[float]:
        return [float(_sum_of_long(starts[number % len(starts)])) for number in range(iterations)]

    return run
