"""Op calls in a graph on what was a Python number, a text or a NumPy value in eager mode."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfimp.runtime.own_calls import Reference
from tfimp.runtime.tensorflow_internals import CoreTensor
from tfimp.runtime.trace import Node


class WeakInput(CoreTensor):  # type: ignore[misc]
    """In a graph, an input that was a Python number or a NumPy value in eager mode.

    Like those it takes the dtype that it is asked for, where a tensor would refuse. Python code
    that looks at the value is told that there is none.

    Attributes:
        converted: whether it was made a tensor, so that the value was used as one.
    """

    def __init__(self, placeholder: Any, natural: tf.DType) -> None:
        self.placeholder = placeholder
        self.natural = natural
        self.hint: tf.DType | None = None
        self.converted = False

    @property
    def dtype(self) -> tf.DType:
        """The dtype that it takes if nobody asks for one."""
        return self.hint or self.natural

    @property
    def shape(self) -> tf.TensorShape:
        """The static shape."""
        return self.placeholder.shape

    def __tf_tensor__(self, dtype: tf.DType | None = None, name: str | None = None) -> Any:
        self.converted = True
        return tf.cast(self.placeholder, self.dtype if dtype is None else dtype)

    def _refuse(self, *_: Any) -> Any:
        raise TypeError("The value of an input of a graph is not known while the graph is built.")

    __bool__ = __eq__ = __ne__ = __hash__ = _refuse


def natural_dtype(value_class: Any) -> tf.DType:
    """The dtype that TensorFlow gives a Python number or text, or a NumPy dtype number."""
    if value_class is float:
        return tf.float32
    if value_class is int:
        return tf.int32
    if value_class is str or value_class is bytes:
        return tf.string
    return tf.as_dtype(value_class)


def call(node: Node, resolve: Callable[[Reference], Any]) -> Any:
    """Makes one op call; weak inputs take the dtype that eager mode would give them."""
    assert node.function is not None
    weak: list[WeakInput] = []

    def note_weak(reference: Reference) -> Any:
        value = resolve(reference)
        if isinstance(value, WeakInput):
            weak.append(value)
            if node.function is operator.getitem:
                return tf.convert_to_tensor(value)
        return value

    positional, named = node.arguments(note_weak)
    if not weak:
        return node.function(*positional, **named)
    try:
        return node.function(*positional, **named)
    except (TypeError, ValueError):
        hint = _first_dtype(node, resolve)
        if hint is None:
            raise
    for value in weak:
        value.hint = hint
    try:
        return node.function(*positional, **named)
    finally:
        for value in weak:
            value.hint = None


def _first_dtype(node: Node, resolve: Callable[[Reference], Any]) -> tf.DType | None:
    """The dtype of the first argument that has one of its own."""
    for reference in node.references():
        value = resolve(reference)
        if isinstance(value, (tf.Tensor, tf.Variable)):
            return value.dtype
    return None
