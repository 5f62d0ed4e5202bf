# tfimp: eager
"""Hamiltonian Monte Carlo; a Python `if` accepts or rejects."""

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
        # A quadratic form with heavier walls, so that the gradient is no linear function.
        return 0.5 * tf.tensordot(x, tf.linalg.matvec(matrix, x), 1) + 0.05 * tf.reduce_sum(x**4)

    def slope(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            energy = potential(x)
        return tape.gradient(energy, x)

    def leapfrog(x: tf.Tensor, momentum: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        momentum = momentum - 0.5 * STEP_SIZE * slope(x)
        for leap in range(LEAPS):
            x = x + STEP_SIZE * momentum
            if leap < LEAPS - 1:
                momentum = momentum - STEP_SIZE * slope(x)
        return x, momentum - 0.5 * STEP_SIZE * slope(x)

    def energy_of(x: tf.Tensor, momentum: tf.Tensor) -> tf.Tensor:
        return potential(x) + 0.5 * tf.reduce_sum(momentum**2)

    def run(iterations: int) -> list[npt.NDArray[np.float64]]:
        nonlocal position
        samples = []
        for _ in range(iterations):
            momentum = tf.random.normal([DIMENSIONS], dtype=tf.float64)
            proposed, final = leapfrog(position, momentum)
            gain = energy_of(position, momentum) - energy_of(proposed, final)
            if tf.math.log(tf.random.uniform([], dtype=tf.float64)) < gain:
                position = proposed
            samples.append(position.numpy())
        return samples

    return run
