"""Crossentropies, which convert what they get: as functions they are op calls.

What else Keras computes in functions hands our tensors on to TensorFlow, where they are
dispatched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Final

from keras.src import backend

from tfimp.runtime.keras_calls.calls import is_recording
from tfimp.runtime.keras_calls.op_calls import hanging_on, hung_on
from tfimp.runtime.segment import call_recorded
from tfimp.runtime.tensor import Tensor

_CROSSENTROPIES: Final = (
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
)


class Crossentropy:
    """The op call of a crossentropy: it takes the arguments and the logits that hang on them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__name__ = function.__name__

    def __call__(
        self, args: list[Any], kwargs: dict[str, Any], hanging: dict[str, list[Any]]
    ) -> Any:
        return self._function(*hung_on(args, hanging), **kwargs)


def record_functions() -> None:
    """Has crossentropies of our tensors recorded."""
    for name in _CROSSENTROPIES:
        setattr(backend.nn, name, _recorded(getattr(backend.nn, name)))


def _recorded(original: Callable[..., Any]) -> Callable[..., Any]:
    op_call = Crossentropy(original)

    def call(*args: Any, **kwargs: Any) -> Any:
        if is_recording() and any(type(arg) is Tensor for arg in args):
            return call_recorded(op_call, ([*args], kwargs, hanging_on([*args])), {})
        return original(*args, **kwargs)

    return update_wrapper(call, original)
