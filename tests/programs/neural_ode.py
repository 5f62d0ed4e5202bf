# tfimp: eager
"""A neural ordinary differential equation, solved by Runge-Kutta with a step that adapts."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(12)
true_matrix = tf.constant([[-0.1, 2.0], [-2.0, -0.1]])
times = np.linspace(0, 1, 6)
weights = [tf.Variable(tf.random.normal([2, 10], stddev=0.5)), tf.Variable(tf.zeros([10])),
           tf.Variable(tf.random.normal([10, 2], stddev=0.3))]
evaluations = 0


def field(y):
    global evaluations
    evaluations += 1
    return tf.tanh(y @ weights[0] + weights[1]) @ weights[2]


def runge_kutta(f, y, h):
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def solve(f, y, times):
    path = [y]
    for start, end in zip(times[:-1], times[1:]):
        y = runge_kutta(f, y, end - start)
        path.append(y)
    return tf.stack(path)


def solve_adaptively(f, y, length, tolerance=1e-4):
    """Heun's method, its step halved or doubled by the error."""
    t, h, accepted, rejected = 0.0, 0.25, 0, 0
    while t < length - 1e-9:
        h = min(h, length - t)
        slope = f(y)
        euler = y + h * slope
        heun = y + h / 2 * (slope + f(euler))
        error = tf.reduce_max(tf.abs(heun - euler))
        if error > tolerance * 100:
            h, rejected = h / 2, rejected + 1
            continue
        y, t, accepted = heun, t + h, accepted + 1
        if error < tolerance * 25:
            h *= 2
    return y, accepted, rejected


start = tf.constant([[2.0, 0.0]])
truth = solve(lambda y: y @ true_matrix, start, times)
for iteration in range(8):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(solve(field, start, times) - truth))
    for w, g in zip(weights, tape.gradient(loss, weights)):
        w.assign_sub(0.1 * g)
    if iteration % 2:
        print(f"{iteration + 1}: {loss:.5f}")

print("evaluations", evaluations)
end, accepted, rejected = solve_adaptively(field, start, 1.0)
print("at the end", np.round(end.numpy(), 4).tolist(), "steps", accepted, rejected)
