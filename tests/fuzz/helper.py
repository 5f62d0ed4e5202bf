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


# What takes more than a tensor; `WithHelpers` writes the calls.


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


def with_variable(x: Any, variable: Any) -> Any:
    """A variable that is read."""
    return x * variable + tf.reduce_mean(variable)


def halves(x: Any) -> Any:
    """An op call with several results."""
    return tf.unstack(tf.stack([x * 0.5, tf.sin(x)]))


# What has tapes of its own around functions of a marked module's.


def value_and_gradient(function: Any, x: Any) -> Any:
    """A function and its gradient."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y, tape.gradient(y, x, unconnected_gradients="zero")


def by_a_persistent_tape(function: Any, x: Any) -> Any:
    """The sum of two calls and of their gradients."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = function(x)
        z = function(x * 0.5)
    gradients = [tape.gradient(each, x, unconnected_gradients="zero") for each in (y, z)]
    return y + z, tf.add_n(gradients)


def descend(function: Any, x: Any, variable: Any) -> Any:
    """A step down the slope."""
    with tf.GradientTape() as tape:
        y = function(x * variable)
    slope = tape.gradient(y, variable, unconnected_gradients="zero")
    variable.assign_sub(tf.clip_by_value(slope, -2.0, 2.0) * 0.1)
    return y


def second_gradient(function: Any, x: Any) -> Any:
    """A gradient and that of its squares."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        _, slope = value_and_gradient(function, x)
        squares = tf.reduce_sum(slope * slope)
    return squares, outer.gradient(squares, x, unconnected_gradients="zero")


def directional(function: Any, x: Any) -> Any:
    """A function's value and its derivative in one direction, as large as its argument."""
    x = tf.convert_to_tensor(x)
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
        y = function(x)
    return y, tf.fill(x.shape, forward.jvp(y, unconnected_gradients="zero") * 0.1)
