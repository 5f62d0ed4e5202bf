"""What an unmarked module does with the tensors that a marked one hands to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

FUNCTIONS = (
    "curve",
    "scaled",
    "by_operators",
    "normalised",
    "repeated",
    "in_a_graph",
    "with_gradient",
)


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
