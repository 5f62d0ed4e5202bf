"""The network as a `tf.function`, its loop turned into a graph's by AutoGraph."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.rnn_varlen.data import BATCH, INPUTS, RATE, UNITS, initial, sequences


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [tf.Variable(array) for array in initial()]
    gate_weights, gate_bias, weights, bias, output_weights, output_bias = parameters

    @tf.function(input_signature=[
        tf.TensorSpec([None, BATCH, INPUTS], tf.float32), tf.TensorSpec([BATCH], tf.int32),
    ])
    def step(sequence: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            state = tf.zeros([BATCH, UNITS])
            for inputs in sequence:
                both = tf.concat([inputs, state], axis=1)
                gates = tf.sigmoid(tf.matmul(both, gate_weights) + gate_bias)
                reset, update = tf.split(gates, 2, axis=1)
                both = tf.concat([inputs, reset * state], axis=1)
                candidate = tf.tanh(tf.matmul(both, weights) + bias)
                state = update * state + (1.0 - update) * candidate
            logits = tf.matmul(state, output_weights) + output_bias
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        gradients = tape.gradient(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(RATE * gradient)
        return loss

    stream = itertools.cycle(sequences)
    return lambda iterations: [float(step(*next(stream))) for _ in range(iterations)]
