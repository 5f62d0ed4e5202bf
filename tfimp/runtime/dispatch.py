"""Op calls that unmarked code makes on our tensors are recorded too.

TensorFlow's API dispatch hands a call over when an argument is one of our tensors, so that a
gradient flows through a helper module that nobody marked. Callers without our tensors pay a check
in C++, and see TensorFlow as it is.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any, Final, Union

import numpy as np
import tensorflow as tf

from tfimp.runtime.effects import note_effects
from tfimp.runtime.executor import at_once
from tfimp.runtime.native import call_in_graph
from tfimp.runtime.segment import call_recorded
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import (
    CoreTensor,
    graph_stack,
    is_dispatched_by_type,
    register_tensor_class,
)

# Unmarked code that converts a tensor wants TensorFlow's own.
_CONVERSIONS: Final = frozenset({"convert_to_tensor", "identity"})
# Variables of Keras's are tensors by class. TensorFlow's checkers know `Union` but not `|`.
_DENSE: Final = Union[  # noqa: UP007
    CoreTensor, tf.Variable, np.ndarray, np.generic, int, float, bool, complex, list, tuple
]
_LEFT_OUT: Final = frozenset({"compat", "core", "experimental", "keras", "python", "raw_ops"})


def register_dispatch() -> None:
    """Has TensorFlow hand over the calls of its API that take one of our tensors."""
    register_tensor_class(Tensor)
    for path, function in _functions(tf, ""):
        note_effects(path, function)
        if path in _CONVERSIONS or function in at_once:
            continue
        signatures = list(_signatures(function))
        if signatures:
            tf.experimental.dispatch_for_api(function, *signatures)(_handler(function))


def _functions(module: Any, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    seen: set[int] = set()
    stack = [(module, prefix)]
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


def _signatures(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    parameters = inspect.signature(function).parameters
    if list(parameters)[:2] == ["x", "y"]:
        # Ragged and sparse tensors have dispatch of their own for these.
        yield {"x": Tensor, "y": _DENSE}
        yield {"x": _DENSE, "y": Tensor}
        return
    for parameter in parameters.values():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "name":
            yield {parameter.name: Tensor}
            yield {parameter.name: list[Tensor]}


def _handler(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if graph_stack.stack:
            return call_in_graph(function, args, kwargs)
        return call_recorded(function, args, kwargs)

    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return call
