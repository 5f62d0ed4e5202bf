# tfimp: eager
"""A mixture of experts with top-one routing, done by masks and by gathering."""

import numpy as np
import tensorflow as tf

EXPERTS, WIDTH = 3, 4
random = np.random.RandomState(53)
tf.random.set_seed(53)
inputs = random.randn(36, 2).astype(np.float32)
targets = np.select([inputs[:, 0] > 0.5, inputs[:, 0] < -0.5],
                    [2 * inputs[:, 1], -inputs[:, 1]], 0.3)[:, None].astype(np.float32)

gate = tf.Variable(tf.random.normal([2, EXPERTS]))
first = tf.Variable(tf.random.normal([EXPERTS, 2, WIDTH], stddev=0.7))
second = tf.Variable(tf.random.normal([EXPERTS, WIDTH, 1], stddev=0.7))
parameters = [gate, first, second]
used = tf.Variable(tf.zeros([EXPERTS], tf.int32), trainable=False)


def expert(k, x):
    return tf.nn.elu(x @ first[k]) @ second[k]


def routed(x):
    """Each expert sees only what is sent to it."""
    shares = tf.nn.softmax(x @ gate)
    chosen = tf.argmax(shares, axis=1, output_type=tf.int32)
    output = tf.zeros([len(x), 1])
    for k in range(EXPERTS):
        places = tf.where(chosen == k)
        if len(places) == 0:
            continue
        sent = tf.gather_nd(x, places)
        weight = tf.gather_nd(shares[:, k:k + 1], places)
        output = tf.tensor_scatter_nd_update(output, places, weight * expert(k, sent))
        used.scatter_nd_add([[k]], [tf.shape(places)[0]])
    load = tf.reduce_mean(tf.one_hot(chosen, EXPERTS), axis=0)
    balance = EXPERTS * tf.reduce_sum(load * tf.reduce_mean(shares, axis=0))
    return output, balance


def mixed(x):
    """All experts, weighted."""
    shares = tf.nn.softmax(x @ gate)
    outputs = tf.stack([expert(k, x)[:, 0] for k in range(EXPERTS)], axis=1)
    return tf.reduce_sum(shares * outputs, axis=1, keepdims=True)


for epoch in range(5):
    losses = []
    for start in range(0, 36, 12):
        x, y = inputs[start:start + 12], targets[start:start + 12]
        with tf.GradientTape() as tape:
            if epoch < 2:
                output, balance = mixed(x), 0.0
            else:
                output, balance = routed(tf.constant(x))
            loss = tf.reduce_mean((output - y) ** 2) + 0.01 * balance
        for parameter, gradient in zip(parameters, tape.gradient(loss, parameters)):
            parameter.assign_sub(0.2 * tf.convert_to_tensor(gradient))
        losses.append(loss)
    print(f"epoch {epoch}: {tf.reduce_mean(losses):.5f} used {used.numpy().tolist()}")

shares = tf.nn.softmax(inputs @ gate)
for k in range(EXPERTS):
    print(f"expert {k}: {tf.reduce_mean(shares[:, k]):.4f}")
