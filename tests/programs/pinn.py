# tfimp: eager
"""A physics-informed network for u'' = -u, trained by Adam and then by L-BFGS on a flat vector."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(2)
inside = tf.reshape(tf.linspace(0.0, np.float32(np.pi), 12), [-1, 1])
variables = [tf.Variable(tf.random.normal([1, 8], stddev=0.8)), tf.Variable(tf.zeros([8])),
             tf.Variable(tf.random.normal([8, 1], stddev=0.4)), tf.Variable(tf.zeros([1]))]
sizes = [int(tf.size(v)) for v in variables]


def u(x):
    return tf.tanh(x @ variables[0] + variables[1]) @ variables[2] + variables[3]


def loss_of():
    with tf.GradientTape() as second:
        second.watch(inside)
        with tf.GradientTape() as first:
            first.watch(inside)
            value = u(inside)
        slope = first.gradient(value, inside)
    curvature = second.gradient(slope, inside)
    equation = tf.reduce_mean((curvature + value) ** 2)
    ends = u(tf.constant([[0.0], [np.pi / 2]])) - [[0.0], [1.0]]
    return equation + tf.reduce_mean(ends ** 2)


def flat_gradient():
    with tf.GradientTape() as tape:
        loss = loss_of()
    gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
    return loss, tf.concat([tf.reshape(g, [-1]) for g in gradients], 0)


def assign(flat):
    for variable, part in zip(variables, tf.split(flat, sizes)):
        variable.assign(tf.reshape(part, variable.shape))


optimizer = tf.keras.optimizers.Adam(0.02)
for _ in range(6):
    with tf.GradientTape() as tape:
        loss = loss_of()
    optimizer.apply_gradients(
        zip(tape.gradient(loss, variables, unconnected_gradients="zero"), variables))
print(f"Adam: {loss:.6f}")


def direction(gradient, steps, changes):
    """The two-loop recursion."""
    q, alphas = gradient, []
    for s, y in reversed(list(zip(steps, changes))):
        alpha = tf.tensordot(s, q, 1) / tf.tensordot(y, s, 1)
        alphas.append(alpha)
        q = q - alpha * y
    if steps:
        q *= tf.tensordot(steps[-1], changes[-1], 1) / tf.tensordot(changes[-1], changes[-1], 1)
    for (s, y), alpha in zip(zip(steps, changes), reversed(alphas)):
        q += s * (alpha - tf.tensordot(y, q, 1) / tf.tensordot(y, s, 1))
    return -q


position = tf.concat([tf.reshape(v, [-1]) for v in variables], 0)
loss, gradient = flat_gradient()
steps, changes = [], []
for iteration in range(5):
    way = direction(gradient, steps[-4:], changes[-4:])
    slope = tf.tensordot(gradient, way, 1)
    rate = 1.0 if steps else 0.1
    while True:
        assign(position + rate * way)
        new_loss, new_gradient = flat_gradient()
        if new_loss <= loss + 1e-4 * rate * slope or rate < 1e-3:
            break
        rate /= 2
    if tf.tensordot(rate * way, new_gradient - gradient, 1) > 1e-10:
        steps.append(rate * way)
        changes.append(new_gradient - gradient)
    position, loss, gradient = position + rate * way, new_loss, new_gradient
    print(f"L-BFGS {iteration}: {loss:.5f} rate {rate}")
