# tfimp: eager
"""A network that follows each tree by recursion, trained on one tree at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.tree_lstm.data import RATE, Tree, initial, trees


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]
    embedding, weights, bias, output_weights, output_bias = parameters

    def state_of(tree: Tree) -> tuple[tf.Tensor, tf.Tensor]:
        if isinstance(tree, int):
            word = tf.gather(embedding, [tree])
            return tf.tanh(word), word
        (left_output, left_cell), (right_output, right_cell) = map(state_of, tree)
        both = tf.concat([left_output, right_output], axis=1)
        parts = tf.split(tf.matmul(both, weights) + bias, 5, axis=1)
        enter, keep_left, keep_right, leave, candidate = parts
        cell = (
            tf.sigmoid(enter) * tf.tanh(candidate)
            + tf.sigmoid(keep_left) * left_cell
            + tf.sigmoid(keep_right) * right_cell
        )
        return tf.sigmoid(leave) * tf.tanh(cell), cell

    def loss_of(tree: Tree, label: int) -> tf.Tensor:
        output, _ = state_of(tree)
        logits = tf.matmul(output, output_weights) + output_bias
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[label], logits=logits)
        )

    stream = itertools.cycle(trees)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            tree, label = next(stream)
            with tf.GradientTape() as tape:
                loss = loss_of(tree, label)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(RATE * tf.convert_to_tensor(gradient))
            losses.append(float(loss))
        return losses

    return run
