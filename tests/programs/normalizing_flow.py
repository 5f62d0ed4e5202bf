# tfimp: eager
"""A normalizing flow of affine couplings: density by change of variables, and its inverse."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(19)
random = np.random.RandomState(19)
data = random.randn(96, 2)
data = np.stack([data[:, 0], 0.5 * data[:, 1] + np.sin(2 * data[:, 0])], 1).astype(np.float32)


class Coupling(tf.Module):
    def __init__(self, flipped):
        super().__init__()
        self.flipped = flipped
        self.hidden = tf.Variable(tf.random.normal([1, 8]))
        self.offset = tf.Variable(tf.zeros([8]))
        self.out = tf.Variable(0.1 * tf.random.normal([8, 2]))

    def _network(self, x):
        shift, scale = tf.unstack(tf.tanh(x @ self.hidden + self.offset) @ self.out, axis=1)
        return shift[:, None], 0.5 * tf.tanh(scale)[:, None]

    def forward(self, x):
        a, b = tf.split(x, 2, axis=1)
        if self.flipped:
            a, b = b, a
        shift, scale = self._network(a)
        b = (b - shift) * tf.exp(-scale)
        joined = [b, a] if self.flipped else [a, b]
        return tf.concat(joined, axis=1), -scale[:, 0]

    def inverse(self, z):
        a, b = tf.split(z, 2, axis=1)
        if self.flipped:
            a, b = b, a
        shift, scale = self._network(a)
        b = b * tf.exp(scale) + shift
        return tf.concat([b, a] if self.flipped else [a, b], axis=1)


class Flow(tf.Module):
    def __init__(self, depth):
        super().__init__()
        self.layers = [Coupling(bool(i % 2)) for i in range(depth)]

    def log_density(self, x):
        total = 0.0
        for layer in self.layers:
            x, log_determinant = layer.forward(x)
            total += log_determinant
        return total - 0.5 * tf.reduce_sum(x ** 2, axis=1) - np.log(2 * np.pi)

    def sample(self, count):
        z = tf.random.normal([count, 2])
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z


flow = Flow(3)
for epoch in range(6):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(flow.log_density(data))
    gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, flow.trainable_variables), 1.0)
    for variable, gradient in zip(flow.trainable_variables, gradients):
        variable.assign_sub(0.1 * gradient)
    print(f"epoch {epoch}: {loss:.5f}")

points = data[:3]
z = points
for layer in flow.layers:
    z, _ = layer.forward(z)
for layer in reversed(flow.layers):
    z = layer.inverse(z)
print("inverse", bool(np.allclose(z, points, atol=1e-4)))
with tf.GradientTape() as tape:
    x = tf.constant(points)
    tape.watch(x)
    mapped = flow.layers[0].forward(x)[0]
determinants = tf.linalg.det(tape.batch_jacobian(mapped, x))
print("determinants", np.round(tf.math.log(determinants).numpy(), 4).tolist())
print("samples", np.round(flow.sample(2).numpy(), 4).tolist())
