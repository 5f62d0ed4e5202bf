"""What marked code asks of layers and losses: their calls, and the losses of layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any

import tensorflow as tf

from tfimp.runtime.crossings import back_from_unmarked
from tfimp.runtime.keras_calls.calls import (
    BY_ITSELF,
    array_as_tensor,
    is_numeric_array,
    may_record,
    record_call,
)
from tfimp.runtime.keras_calls.purity import ByContent
from tfimp.runtime.recording import call_op
from tfimp.runtime.tensorflow_internals import EagerTensor


def recorded_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """The `__call__` of layers or losses, which has calls recorded."""

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if may_record(args):
            result = record_call(self, original, args, kwargs)
            if result is not BY_ITSELF:
                return result
            # As our tensors, so that the op calls that it makes are recorded.
            args = tuple(_ours(arg) for arg in args)
        return original(self, *args, **kwargs)

    return update_wrapper(__call__, original)


def _ours(arg: Any) -> Any:
    if type(arg) is EagerTensor:
        return back_from_unmarked(arg)
    if is_numeric_array(arg):
        return array_as_tensor(arg)
    return arg


def recorded_losses(original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """The getter of `layer.losses`, which has the regularizers of variables recorded."""

    def losses(self: Any) -> list[Any]:
        if not may_record(()) or self._losses_override:
            return original(self)
        found = []
        for layer in self._flatten_layers():
            found.extend(layer._get_own_losses())
        for variable in self.trainable_weights:
            if variable.regularizer is not None:
                found.append(_penalty_of(variable))
        return found

    return update_wrapper(losses, original)


class Penalty:
    """The op call of a regularizer of Keras's own."""

    def __init__(self, regularizer: Any) -> None:
        self._regularizer = regularizer
        self.__name__ = type(regularizer).__name__

    def __call__(self, value: Any) -> Any:
        return self._regularizer(tf.convert_to_tensor(value))


def _penalty_of(variable: Any) -> Any:
    regularizer = variable.regularizer
    if type(regularizer).__module__.startswith("keras."):
        try:
            penalty = _penalty(ByContent(regularizer))
        except TypeError:
            return regularizer(variable)  # its attributes cannot be told apart
        return call_op(penalty, variable)
    return regularizer(variable)


@lru_cache(maxsize=256)
def _penalty(by_content: ByContent) -> Penalty:
    return Penalty(by_content.owner)
