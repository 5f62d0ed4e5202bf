# tfimp: eager
"""Model-agnostic meta-learning of sine waves: gradients through gradient steps."""

import numpy as np
import tensorflow as tf

random = np.random.RandomState(6)
INNER_RATE, OUTER_RATE, INNER_STEPS = 0.05, 0.01, 2

tf.random.set_seed(6)
parameters = [
    tf.Variable(tf.random.normal([1, 16], stddev=1.0)), tf.Variable(tf.zeros([16])),
    tf.Variable(tf.random.normal([16, 1], stddev=0.25)), tf.Variable(tf.zeros([1])),
]


def forward(weights, x):
    return tf.tanh(x @ weights[0] + weights[1]) @ weights[2] + weights[3]


def mean_square(weights, x, y):
    return tf.reduce_mean((forward(weights, x) - y) ** 2)


def task():
    amplitude, phase = random.uniform(0.5, 2.0), random.uniform(0, np.pi)

    def sample(count):
        x = random.uniform(-2, 2, [count, 1])
        return x.astype(np.float32), (amplitude * np.sin(x + phase)).astype(np.float32)

    return sample


def adapted(weights, x, y, steps=INNER_STEPS):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = mean_square(weights, x, y)
        weights = [w - INNER_RATE * g for w, g in zip(weights, tape.gradient(loss, weights))]
    return weights


for iteration in range(6):
    losses = []
    with tf.GradientTape() as outer:
        for _ in range(3):
            sample = task()
            fast = adapted([tf.identity(p) for p in parameters], *sample(8))
            losses.append(mean_square(fast, *sample(8)))
        meta_loss = tf.add_n(losses) / len(losses)
    for parameter, gradient in zip(parameters, outer.gradient(meta_loss, parameters)):
        parameter.assign_sub(OUTER_RATE * gradient)
    print(f"{iteration}: {meta_loss:.6f}")

sample = task()
x, y = sample(8)
before = mean_square(parameters, x, y)
for steps in (1, 3):
    after = mean_square(adapted([tf.identity(p) for p in parameters], x, y, steps), x, y)
    print(f"{steps} steps: {before:.5f} -> {after:.5f}, better: {bool(after < before)}")
