# tfimp: eager
"""Keras: convolution, dropout and batch normalisation in a loop of one's own, with metrics."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(23)
random = np.random.RandomState(23)
labels = random.randint(0, 3, 48)
images = random.rand(48, 6, 6, 1).astype(np.float32) * 0.5
for image, label in zip(images, labels):
    image[label * 2:label * 2 + 2] += 0.8

model = tf.keras.Sequential([
    tf.keras.Input((6, 6, 1)),
    tf.keras.layers.Conv2D(4, 3, padding="same", use_bias=False),
    tf.keras.layers.BatchNormalization(),
    tf.keras.layers.ReLU(),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dropout(0.25),
    tf.keras.layers.Dense(3, kernel_regularizer=tf.keras.regularizers.L2(0.001)),
])
schedule = tf.keras.optimizers.schedules.CosineDecay(0.02, decay_steps=20)
optimizer = tf.keras.optimizers.Adam(schedule)
loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
dataset = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(48, seed=1).batch(16)


def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = loss_function(y, logits) + tf.add_n(model.losses)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    accuracy.update_state(y, logits)
    return loss


for epoch in range(3):
    accuracy.reset_state()
    losses = [train_step(x, y) for x, y in dataset]
    print(f"epoch {epoch}: loss {tf.reduce_mean(losses):.5f} "
          f"accuracy {float(accuracy.result()):.4f} rate {float(optimizer.learning_rate):.5f}")

logits = model(images, training=False)
print("evaluated", f"{loss_function(labels, logits):.5f}",
      f"{np.mean(tf.argmax(logits, axis=1) == labels):.4f}")
normalisation = model.layers[1]
print("moving mean", np.round(normalisation.moving_mean.numpy(), 4).tolist())
copy = tf.keras.models.clone_model(model)
copy.set_weights(model.get_weights())
print("a copy agrees", bool(tf.reduce_all(tf.abs(copy(images) - logits) < 1e-5)))
