# tfimp: eager
"""A Tree-LSTM over nested tuples: recursion over trees of every shape."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
WIDTH = 6
TREES = [
    ((("a", "good"), "film"), 1), (("not", ("good", "film")), 0), ((("not", "bad"), "a"), 1),
    (("bad", "film"), 0), ("good", 1), ((("a", ("bad", "film")), ("not", "good")), 0),
]
words = sorted({"a", "good", "film", "not", "bad"})
embedding = {w: tf.Variable(tf.random.normal([1, WIDTH], stddev=0.5), name=w) for w in words}


class TreeLstm(tf.Module):
    def __init__(self):
        super().__init__()
        self.leaf = tf.Variable(tf.random.normal([WIDTH, 3 * WIDTH], stddev=0.3))
        self.node = tf.Variable(tf.random.normal([2 * WIDTH, 5 * WIDTH], stddev=0.3))
        self.out = tf.Variable(tf.random.normal([WIDTH, 2], stddev=0.3))

    def __call__(self, tree):
        """The state (h, c) of a word or of a pair of trees."""
        if isinstance(tree, str):
            i, o, u = tf.split(embedding[tree] @ self.leaf, 3, axis=1)
            c = tf.sigmoid(i) * tf.tanh(u)
            return tf.sigmoid(o) * tf.tanh(c), c
        (left_h, left_c), (right_h, right_c) = (self(child) for child in tree)
        gates = tf.concat([left_h, right_h], axis=1) @ self.node
        i, o, u, left, right = tf.split(gates, 5, axis=1)
        c = (tf.sigmoid(i) * tf.tanh(u) + tf.sigmoid(left + 1) * left_c
             + tf.sigmoid(right + 1) * right_c)
        return tf.sigmoid(o) * tf.tanh(c), c

    def classify(self, tree):
        return (self(tree)[0] @ self.out)[0]


def depth(tree):
    return 0 if isinstance(tree, str) else 1 + max(depth(child) for child in tree)


model = TreeLstm()
parameters = [*model.trainable_variables, *embedding.values()]
for epoch in range(5):
    total, right = 0.0, 0
    for tree, label in TREES:
        with tf.GradientTape() as tape:
            logits = model.classify(tree)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
        for parameter, gradient in zip(parameters, tape.gradient(loss, parameters)):
            if gradient is not None:
                parameter.assign_sub(0.3 * gradient)
        total += float(loss)
        right += int(tf.argmax(logits) == label)
    print(f"epoch {epoch}: loss {total:.5f}, {right} of {len(TREES)} right")

for tree, label in TREES[:3]:
    print(depth(tree), label, np.round(tf.nn.softmax(model.classify(tree)).numpy(), 4).tolist())
