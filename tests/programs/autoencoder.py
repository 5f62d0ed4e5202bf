# tfimp: eager
"""A denoising autoencoder in Keras layers, with a training loop of its own."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(3)
random = np.random.RandomState(3)
angles = random.uniform(0, 2 * np.pi, 64)
curves = np.stack([np.sin(angles * k) for k in range(1, 7)], axis=1).astype(np.float32)


class Autoencoder(tf.keras.Model):
    def __init__(self, width):
        super().__init__()
        self.encoder = tf.keras.Sequential([
            tf.keras.layers.Dense(12, activation="tanh"), tf.keras.layers.Dense(width)])
        self.decoder = tf.keras.Sequential([
            tf.keras.layers.Dense(12, activation="tanh"), tf.keras.layers.Dense(6)])
        self.calls = 0

    def call(self, x, noise=0.0):
        self.calls += 1
        if noise:
            x = x + noise * tf.random.normal(tf.shape(x))
        return self.decoder(self.encoder(x))


model = Autoencoder(2)
optimizer = tf.keras.optimizers.Adam(0.02)
loss_function = tf.keras.losses.MeanSquaredError()
average = tf.keras.metrics.Mean()
dataset = tf.data.Dataset.from_tensor_slices(curves).batch(32)

for epoch in range(6):
    average.reset_state()
    for batch in dataset:
        with tf.GradientTape() as tape:
            loss = loss_function(batch, model(batch, noise=0.1))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        average.update_state(loss)
    if epoch % 2 == 1:
        print(f"epoch {epoch + 1}: loss {float(average.result()):.5f}")

codes = model.encoder(curves[:4])
print("codes", np.round(codes.numpy(), 3).tolist())
errors = tf.reduce_mean(tf.abs(model(curves) - curves), axis=0)
print("errors", [f"{e:.4f}" for e in errors])
print(model.calls, "calls,", int(optimizer.iterations), "updates,", model.count_params(), "numbers")
