# tfimp: eager
"""A generative adversarial network that learns a normal distribution, with a gradient penalty."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(11)
random = np.random.RandomState(11)


def dense(inputs, outputs):
    limit = float(np.sqrt(6 / (inputs + outputs)))
    return [tf.Variable(random.uniform(-limit, limit, [inputs, outputs]).astype(np.float32)),
            tf.Variable(tf.zeros([outputs]))]


generator = dense(2, 16) + dense(16, 1)
critic = dense(1, 16) + dense(16, 1)


def network(layers, x):
    for i in range(0, len(layers) - 2, 2):
        x = tf.nn.leaky_relu(x @ layers[i] + layers[i + 1])
    return x @ layers[-2] + layers[-1]


class RmsProp:
    def __init__(self, variables, rate):
        self.variables, self.rate = variables, rate
        self.squares = [tf.Variable(tf.zeros_like(v)) for v in variables]

    def apply(self, gradients):
        for variable, square, gradient in zip(self.variables, self.squares, gradients):
            if gradient is None:
                continue
            square.assign(0.9 * square + 0.1 * gradient ** 2)
            variable.assign_sub(self.rate * gradient / (tf.sqrt(square) + 1e-4))


def penalty(real, fake):
    mix = tf.random.uniform([len(real), 1])
    between = mix * real + (1 - mix) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        score = network(critic, between)
    slope = tf.norm(tape.gradient(score, between) + 1e-6, axis=1)
    return tf.reduce_mean((slope - 1) ** 2)


critic_optimizer, generator_optimizer = RmsProp(critic, 0.005), RmsProp(generator, 0.005)
for step in range(15):
    for _ in range(2):
        real = random.normal(2.0, 0.5, [32, 1]).astype(np.float32)
        with tf.GradientTape() as tape:
            fake = network(generator, tf.random.normal([32, 2]))
            distance = tf.reduce_mean(network(critic, fake)) - tf.reduce_mean(network(critic, real))
            loss = distance + 10.0 * penalty(real, fake)
        critic_optimizer.apply(tape.gradient(loss, critic))
    with tf.GradientTape() as tape:
        fake = network(generator, tf.random.normal([32, 2]))
        generator_loss = -tf.reduce_mean(network(critic, fake))
    generator_optimizer.apply(tape.gradient(generator_loss, generator))
    if step % 5 == 4:
        print(f"{step + 1}: critic {loss:.4f} generator {generator_loss:.4f} "
              f"mean {tf.reduce_mean(fake):.4f} deviation {tf.math.reduce_std(fake):.4f}")
