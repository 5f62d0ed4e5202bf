"""Where TensorFlow tests what it is given for being its own, without a dispatch: ours are let in.

Only here; to make our class pass for TensorFlow's everywhere would have TensorFlow's own tensors
dispatched like ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfimp.runtime.aside import is_aside, native
from tfimp.runtime.native import call_native
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import convert_before_class_tests, wrap_custom_gradients
from tfimp.runtime.variable import GuardedVariable


def open_entrances() -> None:
    """Has TensorFlow take our tensors where it tests for its own."""
    convert_before_class_tests(native)
    wrap_custom_gradients(_natively)
    own_from_tensor = tf.TensorSpec.from_tensor

    def from_tensor(tensor: Any, name: str | None = None) -> Any:
        if type(tensor) is Tensor:
            return tf.TensorSpec(tensor.shape, tensor.dtype, name)
        return own_from_tensor(tensor, name)

    from_tensor.__doc__ = own_from_tensor.__doc__
    tf.TensorSpec.from_tensor = staticmethod(from_tensor)


def _natively(own: Callable[..., Any]) -> Callable[..., Any]:
    """Makes calls of functions with gradients of their own native calls if they take ours.

    TensorFlow finds out by identity which variables are arguments of the function, and a tape
    knows ours by other objects.
    """

    def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not is_aside() and any(map(_is_ours, tf.nest.flatten((args, kwargs)))):
            return call_native(own, (function, args, kwargs), {})
        return own(function, args, kwargs)

    return call


def _is_ours(value: Any) -> bool:
    return isinstance(value, (Tensor, GuardedVariable))
