# tfimp: eager
"""A program in the style of TensorFlow 1: compat.v1 names, optimizers, a dense layer by hand."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.set_random_seed(59)
random = np.random.RandomState(59)
inputs = random.randn(40, 5).astype(np.float32)
labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int32)


def dense(name, inputs, outputs):
    return (tf.Variable(tf.random_normal([inputs, outputs], stddev=0.5), name=name + "_w"),
            tf.Variable(tf.zeros([outputs]), name=name + "_b"))


layers = [dense("hidden", 5, 10), dense("logits", 10, 2)]
variables = [variable for layer in layers for variable in layer]
global_step = tf.Variable(0, trainable=False, name="global_step")


def network(x):
    (w, b), (v, c) = layers
    return tf.matmul(tf.nn.relu(tf.nn.xw_plus_b(x, w, b)), v) + c


def loss_of(x, y):
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=network(x))
    penalty = tf.add_n([tf.nn.l2_loss(v) for v in variables])
    return tf.reduce_mean(entropy) + 0.001 * penalty


optimizers = {
    "gradient descent": tf.train.GradientDescentOptimizer(0.3),
    "momentum": tf.train.MomentumOptimizer(0.1, 0.9),
    "Adam": tf.train.AdamOptimizer(0.02),
}
for name, optimizer in optimizers.items():
    for start in range(0, 40, 10):
        x, y = inputs[start:start + 10], labels[start:start + 10]
        with tf.GradientTape() as tape:
            loss = loss_of(x, y)
        gradients, norm = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        optimizer.apply_gradients(zip(gradients, variables), global_step=global_step)
    print(f"{name}: loss {loss:.5f} norm {norm:.5f} step {global_step.numpy()}")

tf.train.AdagradOptimizer(0.05).minimize(lambda: loss_of(inputs, labels), var_list=variables)
logits = network(inputs)
right = tf.equal(tf.argmax(logits, dimension=1), tf.to_int64(labels))
print(f"accuracy {tf.reduce_mean(tf.to_float(right)):.4f}")
print("sums", np.round(tf.reduce_sum(logits, reduction_indices=[0]).numpy(), 4).tolist())
tf.assign(global_step, 0)
tf.assign_add(global_step, 5)
print("step", global_step.numpy(), "log", f"{tf.log(tf.to_float(global_step)):.4f}")
print("divided", tf.div(7, 2).numpy(), tf.mod(7, 4).numpy(), tf.expand_dims(logits, dim=0).shape)
