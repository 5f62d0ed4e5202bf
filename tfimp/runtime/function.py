"""`tf.function` in marked modules: its graph is TensorFlow's, its call is one native call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfimp.runtime.native import call_native

_TensorFlowFunction: Any = type(tf.function(lambda: None))


class Function(_TensorFlowFunction):  # type: ignore[misc]
    """TensorFlow's own kind of function, whose calls with our tensors keep gradients.

    Being TensorFlow's class it is saved with a `tf.Module`, bound as a method and taken for what
    it is by Keras; the methods that TensorFlow binds are of this class too.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call_native(super().__call__, args, kwargs)


def function(func: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """`tf.function`, with its arguments."""
    made = tf.function(func, **kwargs)
    if func is None:
        return lambda decorated: _ours(made(decorated))
    return _ours(made)


def _ours(made: Any) -> Any:
    if type(made) is _TensorFlowFunction:
        made.__class__ = Function
    return made


class _NativeFunction:
    """A function with a gradient of its own, whose call is one native call."""

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call_native(self.__wrapped__, args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # TensorFlow tells by how a method is bound that `self` is not one of its arguments.
        if instance is None:
            return self
        return _NativeFunction(self.__wrapped__.__get__(instance, owner))


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """`tf.custom_gradient`."""
    return _NativeFunction(tf.custom_gradient(f))


def recompute_grad(f: Callable[..., Any]) -> Any:
    """`tf.recompute_grad`."""
    return _NativeFunction(tf.recompute_grad(f))


def grad_pass_through(f: Callable[..., Any]) -> Any:
    """`tf.grad_pass_through`."""
    return _NativeFunction(tf.grad_pass_through(f))
