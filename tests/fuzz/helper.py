"""What an unmarked module does with the tensors that a marked one hands to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


def curve(x: Any) -> Any:
    """Op calls by name."""
    return tf.sin(x) * 0.5 + tf.tanh(x)


def scaled(x: Any) -> Any:
    """A conversion first."""
    x = tf.convert_to_tensor(x)
    return tf.cast(x, x.dtype) * 0.7


def by_operators(x: Any) -> Any:
    """Operators alone."""
    return 1.0 - x * 0.5 + x


def normalised(x: Any) -> Any:
    """A value is needed on the way."""
    largest = float(np.max(np.abs(np.asarray(x)))) + 1.0
    return x / largest


def repeated(x: Any) -> Any:
    """A loop."""
    for k in range(3):
        x = tf.math.softplus(x) - 0.1 * k
    return x


def with_its_own(x: Any) -> Any:
    """Tensors of its own on the left of operators and in lists."""
    own = tf.constant(0.5)
    factor = tf.stack([own, tf.reduce_max(x)])[0]
    return own - x * own + tf.add_n([tf.fill(x.shape, own), x]) * factor


def penalised(x: Any) -> Any:
    """Op calls that take a variable as it is."""
    half = tf.einsum("...,->...", x, tf.constant(0.5))
    return 0.01 * tf.nn.l2_loss(x) + half + tf.square(x) * 0.1


@tf.function
def in_a_graph(x: Any) -> Any:
    """A `tf.function`."""
    return tf.cos(x) * x


@tf.custom_gradient
def _reversed(x: Any) -> Any:
    return tf.identity(x), lambda upstream: -upstream


def with_gradient(x: Any) -> Any:
    """A gradient of its own."""
    return _reversed(tf.convert_to_tensor(x)) * 0.9


# What takes more than a tensor; `Idioms` writes the calls.


def applied(function: Any, x: Any) -> Any:
    """A marked function, called twice."""
    return function(function(x) * 0.5)


def summed(tensors: Any) -> Any:
    """A list of tensors."""
    return tf.add_n(list(tensors)) * 0.5


def in_a_dictionary(x: Any) -> Any:
    """A dictionary of results."""
    return {"x": tf.tanh(x), "y": x}


def written(variable: Any, x: Any) -> Any:
    """A variable of a marked module's, written here."""
    variable.assign(tf.clip_by_value(x * 0.3, -2.0, 2.0))
    return variable + x


def slope(function: Any, variable: Any) -> Any:
    """A gradient of a marked function."""
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(function(variable))
    return tape.gradient(y, variable, unconnected_gradients="zero")


def with_variable(x: Any, variable: Any) -> Any:
    """A variable that is read."""
    return x * variable + tf.reduce_mean(variable)
