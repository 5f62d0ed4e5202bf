# tfimp: eager
"""Linear regression by gradient descent, with a learning rate that decays and early stopping."""

import numpy as np
import tensorflow as tf

random = np.random.RandomState(0)
inputs = random.randn(128, 3).astype(np.float32)
targets = inputs @ np.array([[1.5], [-2.0], [0.5]], np.float32) + 0.7
targets += 0.01 * random.randn(128, 1).astype(np.float32)

weights = tf.Variable(tf.zeros([3, 1]))
bias = tf.Variable(0.0)


def predict(x):
    return tf.matmul(x, weights) + bias


def train_step(x, y, rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(predict(x) - y))
    for variable, gradient in zip([weights, bias], tape.gradient(loss, [weights, bias])):
        variable.assign_sub(rate * gradient)
    return loss


best = np.inf
for epoch in range(8):
    order = random.permutation(128)
    rate = 0.1 / (1 + epoch)
    losses = []
    for start in range(0, 128, 32):
        batch = order[start:start + 32]
        losses.append(train_step(inputs[batch], targets[batch], rate))
    mean = tf.reduce_mean(losses)
    print(f"epoch {epoch} rate {rate:.4f} loss {mean:.6f}")
    if mean > best:
        print("no better than before")
        break
    best = mean

print("weights", weights.numpy().ravel(), "bias", bias.numpy())
residuals = targets - predict(inputs)
explained = 1 - tf.reduce_sum(residuals ** 2) / np.sum((targets - targets.mean()) ** 2)
print(f"r squared {explained:.5f}")
