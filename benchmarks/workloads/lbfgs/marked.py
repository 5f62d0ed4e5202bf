# tfimp: eager
"""L-BFGS on Rosenbrock's function, its memory a Python deque."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from benchmarks.workloads.lbfgs.data import FLAT_ENOUGH, MEMORY, MOST_STEPS, starts


def make() -> Callable[[int], list[npt.NDArray[np.float64]]]:
    """Nothing to make ready."""

    def value_of(x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(10.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def value_and_slope(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = value_of(x)
        return value, tape.gradient(value, x)

    def dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        return tf.tensordot(a, b, 1)

    def direction_of(slope: tf.Tensor, memory: deque[tuple[tf.Tensor, ...]]) -> tf.Tensor:
        direction, factors = -slope, []
        for moved, turned, curvature in reversed(memory):
            factors.append(dot(moved, direction) / curvature)
            direction = direction - factors[-1] * turned
        if memory:
            _, turned, curvature = memory[-1]
            direction = direction * (curvature / dot(turned, turned))
        for (moved, turned, curvature), factor in zip(memory, reversed(factors), strict=True):
            direction = direction + (factor - dot(turned, direction) / curvature) * moved
        return direction

    def minimum(x: tf.Tensor) -> tf.Tensor:
        memory: deque[tuple[tf.Tensor, ...]] = deque(maxlen=MEMORY)
        value, slope = value_and_slope(x)
        for _ in range(MOST_STEPS):
            if tf.norm(slope) < FLAT_ENOUGH:
                break
            direction = direction_of(slope, memory)
            expected = 1e-4 * dot(slope, direction)
            size = 1.0
            while value_of(x + size * direction) > value + size * expected:
                size /= 2.0
            moved = size * direction
            x = x + moved
            value, new_slope = value_and_slope(x)
            turned = new_slope - slope
            curvature = dot(moved, turned)
            if curvature > 1e-10:
                memory.append((moved, turned, curvature))
            slope = new_slope
        return value

    stream = itertools.cycle(starts)

    def run(iterations: int) -> list[npt.NDArray[np.float64]]:
        return [
            minimum(tf.constant(next(stream))).numpy()
            for _ in range(iterations)
        ]

    return run
