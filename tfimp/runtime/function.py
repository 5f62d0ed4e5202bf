"""`tf.function` in marked modules: its graph is TensorFlow's, its call is one native call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfimp.runtime.native import call_native


class Function:
    """A `tf.function`; calling it with our tensors keeps gradients. Else it is TensorFlow's."""

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", "function")
        self.__doc__ = getattr(function, "__doc__", None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call_native(self.__wrapped__, args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else Function(self.__wrapped__.__get__(instance, owner))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """`tf.custom_gradient`."""
    return Function(tf.custom_gradient(f))


def recompute_grad(f: Callable[..., Any]) -> Any:
    """`tf.recompute_grad`."""
    return Function(tf.recompute_grad(f))


def grad_pass_through(f: Callable[..., Any]) -> Any:
    """`tf.grad_pass_through`."""
    return Function(tf.grad_pass_through(f))


def function(func: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """`tf.function`, with its arguments."""
    made = tf.function(func, **kwargs)
    if func is None:
        return lambda decorated: Function(made(decorated))
    return Function(made)
