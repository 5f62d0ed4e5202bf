"""The network as a graph built by hand, its loop a `tf.while_loop`."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.mlp_small.graph import trainer
from benchmarks.workloads.rnn_varlen.data import BATCH, INPUTS, RATE, UNITS, initial, sequences

v1 = tf.compat.v1


class _Graph:
    def __init__(self) -> None:
        with tf.Graph().as_default() as graph:
            parameters = [v1.Variable(array, use_resource=True) for array in initial()]
            self.images = v1.placeholder(tf.float32, (None, BATCH, INPUTS))
            self.labels = v1.placeholder(tf.int32, (BATCH,))
            logits = self._logits(parameters)
            self.loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logits)
            )
            gradients = tf.gradients(self.loss, parameters)
            self.update = tf.group(
                *[
                    v1.assign_sub(parameter, RATE * gradient)
                    for parameter, gradient in zip(parameters, gradients, strict=True)
                ]
            )
            self.session = v1.Session(graph=graph)
            self.session.run(v1.global_variables_initializer())

    def _logits(self, parameters: list[tf.Variable]) -> tf.Tensor:
        gate_weights, gate_bias, weights, bias, output_weights, output_bias = parameters

        def cell(place: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            inputs = self.images[place]
            both = tf.concat([inputs, state], axis=1)
            gates = tf.sigmoid(tf.matmul(both, gate_weights) + gate_bias)
            reset, update = tf.split(gates, 2, axis=1)
            both = tf.concat([inputs, reset * state], axis=1)
            candidate = tf.tanh(tf.matmul(both, weights) + bias)
            return place + 1, update * state + (1.0 - update) * candidate

        length = tf.shape(self.images)[0]
        _, state = tf.while_loop(
            lambda place, state: place < length, cell, [tf.constant(0), tf.zeros([BATCH, UNITS])]
        )
        return tf.matmul(state, output_weights) + output_bias


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    return trainer(_Graph(), sequences)
