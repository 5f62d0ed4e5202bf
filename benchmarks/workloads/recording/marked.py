# tfimp: eager
"""A chain of 300 op calls, timed without the fetch that has them carried out."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf


def make() -> Callable[[int], tuple[list[float], float]]:
    """The start of the chain."""
    start = tf.constant(np.linspace(-1.0, 1.0, 2048, dtype=np.float32).reshape(32, 64))
    bias = tf.constant(np.linspace(0.1, 0.2, 64, dtype=np.float32))

    # No loop: its passes would be carried out one by one.
    def ten(h: tf.Tensor) -> tf.Tensor:
        h = tf.nn.relu(h + bias)
        h = tf.tanh(h * 0.9)
        h = tf.maximum(h - bias, 0.01)
        h = tf.sqrt(tf.abs(h))
        return tf.square(-h)

    def hundred(h: tf.Tensor) -> tf.Tensor:
        h = ten(ten(ten(ten(ten(h)))))
        return ten(ten(ten(ten(ten(h)))))

    def run(iterations: int) -> tuple[list[float], float]:
        sums, seconds = [], 0.0
        for _ in range(iterations):
            began = time.perf_counter()
            end = hundred(hundred(hundred(start)))
            seconds += time.perf_counter() - began
            sums.append(float(tf.reduce_sum(end)))
        return sums, seconds

    return run
