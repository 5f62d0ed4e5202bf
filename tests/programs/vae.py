# tfimp: eager
"""A variational autoencoder for binary patterns, with the reparameterisation trick."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(5)
random = np.random.RandomState(5)
patterns = np.kron(np.eye(4), np.ones([1, 3])).astype(np.float32)
data = patterns[random.randint(0, 4, 80)]
data = np.where(random.rand(*data.shape) < 0.05, 1 - data, data).astype(np.float32)
LATENT, HIDDEN = 2, 10


class Layer(tf.Module):
    def __init__(self, inputs, outputs, activation=tf.identity):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([inputs, outputs], stddev=inputs ** -0.5))
        self.b = tf.Variable(tf.zeros([outputs]))
        self.activation = activation

    def __call__(self, x):
        return self.activation(tf.linalg.matmul(x, self.w) + self.b)


class Autoencoder(tf.Module):
    def __init__(self):
        super().__init__()
        self.encoder = [Layer(12, HIDDEN, tf.nn.tanh), Layer(HIDDEN, 2 * LATENT)]
        self.decoder = [Layer(LATENT, HIDDEN, tf.nn.tanh), Layer(HIDDEN, 12)]

    def encode(self, x):
        for layer in self.encoder:
            x = layer(x)
        return tf.split(x, 2, axis=1)

    def decode(self, z):
        for layer in self.decoder:
            z = layer(z)
        return z

    def bound(self, x):
        mean, log_variance = self.encode(x)
        z = mean + tf.exp(0.5 * log_variance) * tf.random.normal(mean.shape)
        logits = self.decode(z)
        reconstruction = tf.reduce_sum(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), 1)
        divergence = -0.5 * tf.reduce_sum(
            1 + log_variance - mean ** 2 - tf.exp(log_variance), axis=1)
        return tf.reduce_mean(reconstruction), tf.reduce_mean(divergence)


model = Autoencoder()
moments = {v.ref(): [tf.zeros_like(v), tf.zeros_like(v)] for v in model.trainable_variables}


def adam(step, variables, gradients, rate=0.02):
    for v, g in zip(variables, gradients):
        m, s = moments[v.ref()]
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        moments[v.ref()] = [m, s]
        v.assign_sub(rate * (m / (1 - 0.9 ** step)) / (tf.sqrt(s / (1 - 0.999 ** step)) + 1e-7))


step = 0
for epoch in range(5):
    for start in range(0, 80, 20):
        step += 1
        with tf.GradientTape() as tape:
            reconstruction, divergence = model.bound(data[start:start + 20])
            loss = reconstruction + min(1.0, step / 10) * divergence
        variables = model.trainable_variables
        adam(step, variables, tape.gradient(loss, variables))
    print(f"epoch {epoch}: reconstruction {reconstruction:.4f} divergence {divergence:.4f}")

samples = tf.sigmoid(model.decode(tf.random.normal([2, LATENT])))
for sample in samples:
    print(" ".join(f"{p:.2f}" for p in sample))
