# tfimp: eager
"""Keras: subclassed layers whose `call` branches and loops on values; fit, evaluate, predict."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(29)
random = np.random.RandomState(29)
inputs = random.randn(40, 4).astype(np.float32)
targets = np.where(inputs[:, :1] > 0, inputs.sum(1, keepdims=True), -1.0).astype(np.float32)


class Power(tf.keras.layers.Layer):
    """Multiplies until the result is large enough."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.dense = tf.keras.layers.Dense(units, activation="tanh")
        self.rounds = []

    def call(self, x):
        x = self.dense(x)
        count = 0
        while tf.reduce_mean(tf.abs(x)) < 1.2 and count < 5:
            x = x * 1.5
            count += 1
        self.rounds.append(count)
        return x


class Gated(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.power = Power(6)
        self.small = tf.keras.layers.Dense(1)
        self.large = tf.keras.layers.Dense(1)

    def call(self, x, training=False):
        h = self.power(x)
        if training and tf.math.reduce_std(h) > 1.0:
            h = h / tf.math.reduce_std(h)
        outputs = [self.large(row[None]) if row[0] > 0 else self.small(row[None]) for row in h]
        return tf.concat(outputs, axis=0)


model = Gated()
optimizer = tf.keras.optimizers.SGD(0.05, momentum=0.9)
for step in range(4):
    batch = slice(step * 10, step * 10 + 10)
    with tf.GradientTape() as tape:
        error = model(inputs[batch], training=True) - targets[batch]
        loss = tf.reduce_mean(tf.keras.losses.huber(targets[batch], targets[batch] + error))
    variables = model.trainable_variables
    gradients = [tf.zeros_like(v) if g is None else g
                 for v, g in zip(variables, tape.gradient(loss, variables))]
    optimizer.apply_gradients(zip(gradients, variables))
    print(f"step {step}: {loss:.5f}")
print("rounds", model.power.rounds)


class Linear(tf.keras.Model):
    """Untouched by the loop above: trained by `fit`."""

    def __init__(self):
        super().__init__()
        self.layer = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.layer(tf.nn.relu(x))


linear = Linear()
linear.compile(tf.keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
history = linear.fit(inputs, targets, batch_size=20, epochs=2, verbose=0, shuffle=False)
print("fit", [f"{value:.5f}" for value in history.history["loss"]])
print("evaluate", [f"{value:.5f}" for value in linear.evaluate(inputs, targets, verbose=0)])
print("predict", np.round(linear.predict(inputs[:3], verbose=0).ravel(), 4).tolist())
