"""The network's forward pass for the modes that build a graph of it."""

from __future__ import annotations

import tensorflow as tf


def loss_of(images: tf.Tensor, labels: tf.Tensor, parameters: list[tf.Variable]) -> tf.Tensor:
    """The mean cross entropy of a batch."""
    k1, b1, k2, b2, w, b = parameters
    hidden = tf.nn.relu(tf.nn.conv2d(images, k1, 1, "SAME") + b1)
    hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID")
    hidden = tf.nn.relu(tf.nn.conv2d(hidden, k2, 1, "SAME") + b2)
    hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID")
    logits = tf.matmul(tf.reshape(hidden, [hidden.shape[0], -1]), w) + b
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
