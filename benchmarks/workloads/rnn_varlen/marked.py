# tfimp: eager
"""A GRU cell in a Python loop over sequences of many lengths, trained through all their steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.rnn_varlen.data import (
    BATCH,
    RATE,
    UNITS,
    Array,
    Labels,
    initial,
    sequences,
)


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]
    gate_weights, gate_bias, weights, bias, output_weights, output_bias = parameters

    def cell(inputs: Array, state: tf.Tensor) -> tf.Tensor:
        both = tf.concat([inputs, state], axis=1)
        gates = tf.sigmoid(tf.matmul(both, gate_weights) + gate_bias)
        reset, update = tf.split(gates, 2, axis=1)
        both = tf.concat([inputs, reset * state], axis=1)
        candidate = tf.tanh(tf.matmul(both, weights) + bias)
        return update * state + (1.0 - update) * candidate

    def loss_of(sequence: Array, labels: Labels) -> tf.Tensor:
        state = tf.zeros([BATCH, UNITS])
        for inputs in sequence:
            state = cell(inputs, state)
        logits = tf.matmul(state, output_weights) + output_bias
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    stream = itertools.cycle(sequences)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            sequence, labels = next(stream)
            with tf.GradientTape() as tape:
                loss = loss_of(sequence, labels)
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(RATE * gradient)
            losses.append(float(loss))
        return losses

    return run
