"""A leap of the chain as a `tf.function`, whose draws are its own: it compares by statistics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from benchmarks.workloads.hmc.data import DIMENSIONS, LEAPS, SEED, STEP_SIZE, precision


def make() -> Callable[[int], list[npt.NDArray[np.float64]]]:
    """A chain at its beginning."""
    tf.random.set_seed(SEED)
    matrix = tf.constant(precision())
    position = tf.zeros([DIMENSIONS], tf.float64)

    def potential(x: tf.Tensor) -> tf.Tensor:
        return 0.5 * tf.tensordot(x, tf.linalg.matvec(matrix, x), 1) + 0.05 * tf.reduce_sum(x**4)

    def slope(x: tf.Tensor) -> tf.Tensor:
        return tf.gradients(potential(x), x)[0]

    def energy_of(x: tf.Tensor, momentum: tf.Tensor) -> tf.Tensor:
        return potential(x) + 0.5 * tf.reduce_sum(momentum**2)

    @tf.function
    def sample(position: tf.Tensor) -> tf.Tensor:
        x, momentum = position, tf.random.normal([DIMENSIONS], dtype=tf.float64)
        before = energy_of(x, momentum)
        momentum -= 0.5 * STEP_SIZE * slope(x)
        for leap in range(LEAPS):
            x += STEP_SIZE * momentum
            if leap < LEAPS - 1:
                momentum -= STEP_SIZE * slope(x)
        momentum -= 0.5 * STEP_SIZE * slope(x)
        gain = before - energy_of(x, momentum)
        if tf.math.log(tf.random.uniform([], dtype=tf.float64)) < gain:
            position = x
        return position

    def run(iterations: int) -> list[npt.NDArray[np.float64]]:
        nonlocal position
        samples = []
        for _ in range(iterations):
            position = sample(position)
            samples.append(position.numpy())
        return samples

    return run
