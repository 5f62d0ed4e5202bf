"""The search as a `tf.function`, its loops turned into a graph's by AutoGraph."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from benchmarks.workloads.newton.data import FLAT_ENOUGH, MOST_STEPS, features, signs, starts


def make() -> Callable[[int], list[npt.NDArray[np.float64]]]:
    """The problem."""
    x, y = tf.constant(features), tf.constant(signs)

    def loss_of(w: tf.Tensor) -> tf.Tensor:
        margins = y * tf.linalg.matvec(x, w)
        return tf.reduce_mean(tf.math.softplus(-margins)) + 0.01 * tf.reduce_sum(w**2)

    @tf.function
    def minimum(w: tf.Tensor) -> tf.Tensor:
        for _ in tf.range(MOST_STEPS):
            loss = loss_of(w)
            slope = tf.gradients(loss, w)[0]
            hessian = tf.hessians(loss, w)[0]
            if tf.norm(slope) < FLAT_ENOUGH:
                break
            direction = -tf.linalg.solve(hessian, slope[:, tf.newaxis])[:, 0]
            expected = 0.1 * tf.tensordot(slope, direction, 1)
            size = tf.constant(1.0, tf.float64)
            while loss_of(w + size * direction) > loss + size * expected:
                size /= 2.0
            w = w + size * direction
        return w

    stream = itertools.cycle(starts)
    return lambda iterations: [
        minimum(tf.constant(next(stream))).numpy() for _ in range(iterations)
    ]
