# tfimp: eager
"""Newton's method with a line search: how many steps and halvings, the values decide."""

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

    def minimum(w: tf.Tensor) -> tf.Tensor:
        for _ in range(MOST_STEPS):
            with tf.GradientTape(persistent=True) as outer:
                outer.watch(w)
                with tf.GradientTape() as inner:
                    inner.watch(w)
                    loss = loss_of(w)
                slope = inner.gradient(loss, w)
            hessian = outer.jacobian(slope, w, experimental_use_pfor=False)
            if tf.norm(slope) < FLAT_ENOUGH:
                break
            direction = -tf.linalg.solve(hessian, slope[:, tf.newaxis])[:, 0]
            expected = 0.1 * tf.tensordot(slope, direction, 1)
            size = 1.0
            while loss_of(w + size * direction) > loss + size * expected:
                size /= 2.0
            w = w + size * direction
        return w

    stream = itertools.cycle(starts)

    def run(iterations: int) -> list[npt.NDArray[np.float64]]:
        return [
            minimum(tf.constant(next(stream))).numpy()
            for _ in range(iterations)
        ]

    return run
