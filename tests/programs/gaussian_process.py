# tfimp: eager
"""Gaussian process regression in float64: the kernel's numbers by the marginal likelihood."""

import numpy as np
import tensorflow as tf

random = np.random.RandomState(31)
x = np.sort(random.uniform(-3, 3, [14, 1]), axis=0)
y = np.sin(2 * x[:, 0]) + 0.1 * random.randn(14)
log_length = tf.Variable(0.0, dtype=tf.float64)
log_scale = tf.Variable(0.0, dtype=tf.float64)
log_noise = tf.Variable(-1.0, dtype=tf.float64)
parameters = [log_length, log_scale, log_noise]


def kernel(a, b):
    distance = (a[:, None, 0] - b[None, :, 0]) / tf.exp(log_length)
    return tf.exp(log_scale) * tf.exp(-0.5 * distance ** 2)


def cholesky(jitter=1e-8):
    noise = tf.exp(2 * log_noise) + jitter
    return tf.linalg.cholesky(kernel(x, x) + noise * tf.eye(len(x), dtype=tf.float64))


def negative_log_likelihood():
    lower = cholesky()
    solved = tf.linalg.cholesky_solve(lower, y[:, None])
    fit = 0.5 * tf.reduce_sum(y[:, None] * solved)
    return fit + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(lower))) + 0.5 * len(x) * np.log(
        2 * np.pi)


previous, rate = np.inf, 0.05
for iteration in range(12):
    with tf.GradientTape() as tape:
        loss = negative_log_likelihood()
    gradients = tape.gradient(loss, parameters)
    if loss > previous:
        rate *= 0.5
    previous = loss
    for parameter, gradient in zip(parameters, gradients):
        parameter.assign_sub(rate * tf.clip_by_value(gradient, -2.0, 2.0))
    if iteration % 4 == 3:
        print(f"{iteration + 1}: {loss:.6f}", [f"{tf.exp(p):.5f}" for p in parameters])

new = np.linspace(-3, 3, 5)[:, None]
lower = cholesky()
across = kernel(x, new)
mean = tf.linalg.matvec(across, tf.linalg.cholesky_solve(lower, y[:, None])[:, 0],
                        transpose_a=True)
whitened = tf.linalg.triangular_solve(lower, across)
variance = tf.linalg.diag_part(kernel(new, new)) - tf.reduce_sum(whitened ** 2, axis=0)
for place, m, v in zip(new[:, 0], mean, variance):
    print(f"{place:6.2f} {m:9.5f} +- {2 * tf.sqrt(v):.5f}")
print(mean.dtype.name, variance.shape, type(float(mean[0])).__name__)
try:
    tf.matmul(mean[None], tf.ones([5, 1]))
except (tf.errors.InvalidArgumentError, TypeError) as error:
    print("float64 times float32:", type(error).__name__)
