"""Op calls that unmarked code makes on our tensors are recorded too.

TensorFlow's API dispatch hands a call over when an argument is one of our tensors, so that a
gradient flows through a helper module that nobody marked. Callers without our tensors pay a check
in C++, and see TensorFlow as it is.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Union

import numpy as np
import tensorflow as tf

from tfimp.runtime.effects import note_effects
from tfimp.runtime.executor import at_once
from tfimp.runtime.native import call_in_graph, call_native
from tfimp.runtime.segment import call_recorded
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import (
    CoreTensor,
    graph_stack,
    hand_over_calls,
    is_dispatched_by_type,
    parameters_dispatched,
    register_tensor_class,
    signature_checker,
    wrap_generated_einsum,
)
from tfimp.runtime.variable import RecordedVariable

# Unmarked code that converts a tensor wants TensorFlow's own.
_CONVERSIONS: Final = frozenset({"convert_to_tensor", "identity"})
# Variables of Keras's are tensors by class. TensorFlow's checkers know `Union` but not `|`.
_DENSE: Final = Union[  # noqa: UP007
    CoreTensor, tf.Variable, np.ndarray, np.generic, int, float, bool, complex, list, tuple
]
_OURS: Final = Union[Tensor, RecordedVariable]  # noqa: UP007
_MIXED: Final = Union[_OURS, _DENSE]  # noqa: UP007
_OURS_OR_LIST: Final = Union[  # noqa: UP007
    Tensor, RecordedVariable, list[_MIXED], list[list[_MIXED]]  # type: ignore[valid-type]
]
_LEFT_OUT: Final = frozenset({"compat", "core", "experimental", "keras", "python", "raw_ops"})


def register_dispatch() -> None:
    """Has TensorFlow hand over the calls of its API that take one of our tensors."""
    register_tensor_class(Tensor)
    # What `+`, `==` and `!=` of TensorFlow's own tensors call; their other operators call the API.
    operators = [(name, getattr(tf.__operators__, name)) for name in ("add", "eq", "ne")]
    for path, function in [*dispatched_functions(), *operators]:
        note_effects(path, function)
        if path in _CONVERSIONS:
            continue
        hand_over_calls(function, _checkers(function), _handler(function))
    wrap_generated_einsum(_first_handed_over)


def dispatched_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of TensorFlow's API that are handed over, with their paths below `tf`."""
    seen: set[int] = set()
    stack: list[tuple[Any, str]] = [(tf, "")]
    while stack:
        current, path = stack.pop()
        for name in dir(current):
            if name.startswith("_") or name in _LEFT_OUT:
                continue
            value: Any = getattr(current, name, None)
            if isinstance(value, types.ModuleType):
                if value.__name__.startswith("tensorflow") and "keras" not in value.__name__:
                    stack.append((value, f"{path}{name}."))
            elif is_dispatched_by_type(value) and id(value) not in seen:
                seen.add(id(value))
                yield path + name, value


def _checkers(function: Callable[..., Any]) -> Iterator[Any]:
    """What finds the calls of a function that are handed over."""
    names = parameters_dispatched(function)
    if names[:2] in (("x", "y"), ("self", "other")):
        # Ragged and sparse tensors have dispatch of their own for these.
        yield from _checkers_of_two()
        return
    for position, name in enumerate(names):
        if name != "name":
            yield _checker_of_one(position)


@functools.cache
def _checkers_of_two() -> tuple[Any, Any]:
    return signature_checker({0: _OURS, 1: _DENSE}), signature_checker({0: _DENSE, 1: _OURS})


@functools.cache
def _checker_of_one(position: int) -> Any:
    return signature_checker({position: _OURS_OR_LIST})


def _handler(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if not _holds_ours(args) and not _holds_ours(kwargs.values()):
            return NotImplemented  # a list with a variable of unmarked code, say
        if graph_stack.stack:
            return call_in_graph(function, args, kwargs)
        if function in at_once:
            return call_native(function, args, kwargs)
        return call_recorded(function, args, kwargs)

    return call


def _first_handed_over(function: Callable[..., Any]) -> Callable[..., Any]:
    handler = _handler(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = handler(*args, **kwargs)
        return function(*args, **kwargs) if result is NotImplemented else result

    return call


def _holds_ours(values: Iterable[Any]) -> bool:
    return any(
        isinstance(value, (Tensor, RecordedVariable))
        or (isinstance(value, (list, tuple)) and _holds_ours(value))
        for value in values
    )
