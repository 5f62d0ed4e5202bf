# tfimp: eager
"""Logistic regression of three classes with momentum, weight decay and an accuracy in NumPy."""

import numpy as np
import tensorflow as tf

CLASSES, FEATURES = 3, 2
random = np.random.RandomState(1)
centres = np.array([[0, 2], [2, -1], [-2, -1]], np.float32)
labels = random.randint(0, CLASSES, 90)
points = (centres[labels] + random.randn(90, FEATURES)).astype("float32")


class Classifier(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.zeros([FEATURES, CLASSES]), name="kernel")
        self.bias = tf.Variable(tf.zeros([CLASSES]), name="bias")

    def __call__(self, x):
        return x @ self.kernel + self.bias


def loss_of(model, x, y):
    logits = model(x)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    decay = sum(tf.nn.l2_loss(v) for v in model.trainable_variables)
    return tf.reduce_mean(entropy) + 0.01 * decay


model = Classifier()
velocities = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]
dataset = tf.data.Dataset.from_tensor_slices((points, labels)).batch(30)

for epoch in range(10):
    total = 0.0
    for x, y in dataset:
        with tf.GradientTape() as tape:
            loss = loss_of(model, x, y)
        gradients = tape.gradient(loss, model.trainable_variables)
        for variable, velocity, gradient in zip(
            model.trainable_variables, velocities, gradients
        ):
            velocity.assign(0.9 * velocity + gradient)
            variable.assign_sub(0.1 * velocity)
        total += loss
    if epoch % 3 == 0:
        predicted = np.argmax(model(points), axis=1)
        print(f"{epoch}: {total / 3:.5f}, accuracy {np.mean(predicted == labels):.3f}")

confusion = tf.math.confusion_matrix(labels, tf.argmax(model(points), 1), CLASSES)
for row in confusion:
    print(" ".join(f"{int(count):3d}" for count in row))
assert tf.linalg.trace(confusion) > 60
print({v.name: v.shape.as_list() for v in model.trainable_variables})
