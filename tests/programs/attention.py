# tfimp: eager
"""A small transformer block that learns to reverse sequences of varying length."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(21)
random = np.random.RandomState(21)
SYMBOLS, WIDTH, HEADS, LONGEST = 5, 12, 2, 6


def positions(length):
    angles = np.arange(length)[:, None] / 20 ** (np.arange(WIDTH)[None, :] / WIDTH)
    return np.where(np.arange(WIDTH) % 2, np.cos(angles), np.sin(angles)).astype(np.float32)


class Attention(tf.keras.layers.Layer):
    def build(self, shape):
        self.project = self.add_weight(shape=(shape[-1], 3 * WIDTH), name="project")
        self.merge = self.add_weight(shape=(WIDTH, WIDTH), name="merge")

    def call(self, x, mask):
        batch, length = x.shape[0], x.shape[1]
        q, k, v = tf.split(x @ self.project, 3, axis=-1)

        def heads(t):
            return tf.transpose(tf.reshape(t, [batch, length, HEADS, -1]), [0, 2, 1, 3])

        scores = tf.matmul(heads(q), heads(k), transpose_b=True) / np.sqrt(WIDTH / HEADS)
        scores += (1.0 - mask[:, None, None, :]) * -1e9
        mixed = tf.matmul(tf.nn.softmax(scores), heads(v))
        return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, WIDTH]) @ self.merge


class Reverser(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = tf.keras.layers.Embedding(SYMBOLS, WIDTH)
        self.attention = Attention()
        self.norm = tf.keras.layers.LayerNormalization()
        self.feed = tf.keras.layers.Dense(SYMBOLS)

    def call(self, ids, mask):
        x = self.embed(ids) + positions(ids.shape[1])
        x = self.norm(x + self.attention(x, mask))
        return self.feed(x)


def batch(size, length):
    ids = random.randint(0, SYMBOLS, [size, length])
    lengths = random.randint(2, length + 1, size)
    mask = (np.arange(length) < lengths[:, None]).astype(np.float32)
    return ids, np.stack([np.r_[i[:n][::-1], i[n:]] for i, n in zip(ids, lengths)]), mask


model = Reverser()
optimizer = tf.keras.optimizers.Adam(0.02)
for step in range(8):
    ids, wanted, mask = batch(8, LONGEST - step % 2)
    with tf.GradientTape() as tape:
        logits = model(tf.constant(ids), tf.constant(mask))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
        loss = tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    if step % 2:
        right = tf.cast(tf.argmax(logits, -1) == wanted, tf.float32) * mask
        print(f"{step + 1}: {loss:.5f} right {tf.reduce_sum(right) / tf.reduce_sum(mask):.4f}")
