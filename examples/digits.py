# tfimp: eager
"""Trains a three-layer network on handwritten digits, one plain Python statement after another.

Run it with `python -m tfimp examples/digits.py`.  The data are scikit-learn's bundled digits: 1797
images of 8x8 pixels.
"""

import itertools
import time

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

BATCH = 64
RATE = 0.2
MOST_STEPS = 3000
GOOD_ENOUGH = 0.01

tf.random.set_seed(1)
chance = np.random.default_rng(1)

images, labels = load_digits(return_X_y=True)
images = (images / 16.0).astype(np.float32)
train_x, test_x, train_y, test_y = train_test_split(
    images, labels.astype(np.int32), test_size=0.25, stratify=labels, random_state=1
)

sizes = [64, 64, 64, 10]
weights = [
    tf.Variable(tf.random.normal([rows, columns], stddev=(2.0 / rows) ** 0.5))
    for rows, columns in itertools.pairwise(sizes)
]
biases = [tf.Variable(tf.zeros([columns])) for columns in sizes[1:]]


def logits_of(batch: npt.NDArray[np.float32]) -> tf.Tensor:
    """The network's scores of the ten digits for each image."""
    hidden = tf.nn.relu(tf.matmul(batch, weights[0]) + biases[0])
    hidden = tf.nn.relu(tf.matmul(hidden, weights[1]) + biases[1])
    return tf.matmul(hidden, weights[2]) + biases[2]


smoothed = tf.constant(2.3)
began = time.perf_counter()
for step_number in range(1, MOST_STEPS + 1):
    rows = chance.integers(len(train_x), size=BATCH)
    with tf.new_step() as step:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=train_y[rows], logits=logits_of(train_x[rows])
        )
        loss = tf.reduce_mean(losses)
        variables = weights + biases
        gradients = tf.gradients(loss, variables)
        updates = [
            tf.assign_sub(variable, RATE * gradient)
            for variable, gradient in zip(variables, gradients, strict=True)
        ]
        smoothed = 0.98 * smoothed + 0.02 * loss
        step.run(updates)
    if step_number % 100 == 0:
        print(f'step {step_number}: loss {loss:.4f}, smoothed {smoothed:.4f}')
    if smoothed < GOOD_ENOUGH:
        print(f'the loss is below {GOOD_ENOUGH} after {step_number} steps')
        break
seconds = time.perf_counter() - began

right = tf.equal(tf.argmax(logits_of(test_x), axis=1, output_type=tf.int32), test_y)
accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
print(f'test accuracy: {accuracy:.3f}')
print(f'steps per second: {step_number / seconds:.0f}')
