# tfimp: eager
"""Hamiltonian Monte Carlo on a bent density, its step size tuned while it warms up."""

import numpy as np
import tensorflow as tf

generator = tf.random.Generator.from_seed(43)


def log_density(position):
    x, y = tf.unstack(position)
    return -0.5 * (x ** 2 / 4 + (y + 0.3 * x ** 2 - 1) ** 2)


def with_gradient(position):
    with tf.GradientTape() as tape:
        tape.watch(position)
        value = log_density(position)
    return value, tape.gradient(value, position)


def leapfrog(position, momentum, step, count):
    _, gradient = with_gradient(position)
    for _ in range(count):
        momentum = momentum + 0.5 * step * gradient
        position = position + step * momentum
        value, gradient = with_gradient(position)
        momentum = momentum + 0.5 * step * gradient
    return position, momentum, value


def energy(value, momentum):
    return -value + 0.5 * tf.reduce_sum(momentum ** 2)


position = tf.constant([0.5, -0.5])
value = log_density(position)
step, accepted, chain = 0.6, 0, []
for iteration in range(24):
    momentum = generator.normal([2])
    proposed, end, proposed_value = leapfrog(position, momentum, step, 3)
    difference = energy(value, momentum) - energy(proposed_value, end)
    accept = tf.math.log(generator.uniform([])) < difference
    if accept:
        position, value = proposed, proposed_value
        accepted += 1
    if iteration < 10:
        step *= 1.1 if accept else 0.7
    else:
        chain.append(position)
    if iteration % 8 == 0:
        print(f"{iteration}: {np.array2string(position.numpy(), precision=4)} "
              f"difference {difference:.5f} step {step:.4f}")

samples = tf.stack(chain)
mean, variance = tf.nn.moments(samples, axes=[0])
print(f"accepted {accepted}, step {step:.4f}")
print("mean", np.round(mean.numpy(), 4), "variance", np.round(variance.numpy(), 4))
centred = samples - mean
correlation = tf.reduce_mean(centred[1:] * centred[:-1], axis=0) / variance
print("autocorrelation", [f"{c:.4f}" for c in correlation])
