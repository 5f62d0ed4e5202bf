"""`tf.function` in marked modules: its graph is TensorFlow's, its call is one native call.

So is the call of a concrete function, which may come from anywhere: from a saved model, say.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfimp.runtime.aside import is_aside
from tfimp.runtime.marked_code import is_marked
from tfimp.runtime.native import call_native
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import (
    ConcreteFunction,
    before_functions_use_variables,
    graph_stack,
)
from tfimp.runtime.thread import local
from tfimp.runtime.variable import prepare_for_others

_TensorFlowFunction: Any = type(tf.function(lambda: None))


class Function(_TensorFlowFunction):  # type: ignore[misc]
    """TensorFlow's own kind of function, whose calls with our tensors keep gradients.

    Being TensorFlow's class it is saved with a `tf.Module`, bound as a method and taken for what
    it is by Keras; the methods that TensorFlow binds are of this class too.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call_native(super().__call__, args, kwargs)


def watch_functions() -> None:
    """Has variables prepared before a function uses them, whoever calls it.

    It took their handles when it was traced and does not ask for them again.
    """
    before_functions_use_variables(_prepare)


def _prepare(handles: list[Any]) -> None:
    segment = local.segment
    if graph_stack.stack or (segment is not None and segment.running and not is_aside()):
        return  # nothing runs yet, or it is part of an op call, which has been prepared
    if segment is not None:
        segment.close()
    prepare_for_others(handles)


def function(func: Callable[..., Any] | None = None, *args: Any, **kwargs: Any) -> Any:
    """`tf.function`, with its arguments."""
    made = tf.function(func, *args, **kwargs)
    if func is None:
        return lambda decorated: _ours(made(decorated))
    return _ours(made)


def _ours(made: Any) -> Any:
    if type(made) is _TensorFlowFunction:
        made.__class__ = Function
    return made


def record_concrete_functions() -> None:
    """Has concrete functions take our tensors, and return ours to marked code.

    They test the classes of their arguments, which a conversion does not help.
    """
    original = ConcreteFunction.__call__

    @functools.wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if is_marked(sys._getframe(1).f_globals) or _holds_ours((args, kwargs)):
            return call_native(original, (self, *args), kwargs)
        return original(self, *args, **kwargs)

    ConcreteFunction.__call__ = __call__


def _holds_ours(arguments: Any) -> bool:
    return any(type(value) is Tensor for value in tf.nest.flatten(arguments))


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
    if f is None:
        return custom_gradient
    return _NativeFunction(tf.custom_gradient(f))


def recompute_grad(f: Callable[..., Any]) -> Any:
    """`tf.recompute_grad`."""
    return _NativeFunction(tf.recompute_grad(f))


def grad_pass_through(f: Callable[..., Any]) -> Any:
    """`tf.grad_pass_through`."""
    return _NativeFunction(tf.grad_pass_through(f))
