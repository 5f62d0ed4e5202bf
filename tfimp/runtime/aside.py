"""Op calls that go straight to TensorFlow, and arguments as TensorFlow takes them.

So go those that marked code makes while TensorFlow runs it, or builds a graph of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.spec import CopiedArray
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import EagerTensor, graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.trace import tree
from tfimp.runtime.variable import GuardedVariable, variable_in


def native(value: Any) -> Any:
    """An argument as TensorFlow takes it: tensors computed, variables bare, nests rebuilt."""
    cls = type(value)
    if cls is Tensor:
        return _fetched(value)
    return value if cls in _AS_THEY_ARE else convert(value, _fetched)


_AS_THEY_ARE: Final = frozenset({bool, int, float, str, tf.DType, type(None), EagerTensor})


def _fetched(tensor: Tensor) -> Any:
    # A tensor of the open segment that has its value does not end the segment here.
    value = tensor._value
    return tensor._fetch() if value is None else value


def convert(value: Any, from_tensor: Callable[[Tensor], Any]) -> Any:
    """An argument with what `from_tensor` makes of each tensor, variables bare, nests rebuilt."""
    cls = type(value)
    if cls is Tensor:
        return from_tensor(value)
    if isinstance(value, GuardedVariable):
        if from_tensor is not _fetched:
            _ = value._handle  # the call may write it: what is pending comes first
        return value.native
    if cls is list:
        return [convert(item, from_tensor) for item in value]
    if cls is tuple:
        return tuple(convert(item, from_tensor) for item in value)
    if cls is dict:
        return {key: convert(item, from_tensor) for key, item in value.items()}
    if cls is slice:
        return slice(*(convert(item, from_tensor)
                       for item in (value.start, value.stop, value.step)))
    if cls is tf.IndexedSlices:
        return tf.IndexedSlices(*(convert(item, from_tensor)
                                  for item in (value.values, value.indices, value.dense_shape)))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return cls(*(convert(item, from_tensor) for item in value))
    if cls is CopiedArray:
        return value.natural()
    found = variable_in(value)
    if found is not None:
        variable, dtype = convert(found[0], from_tensor), found[1]
        return variable if dtype is None else tf.cast(variable, dtype)
    return value


class _Aside:
    """Stands where the open segment stands, while TensorFlow runs code of the user's.

    Op calls of marked code inside (the body of a `tf.map_fn`, say) go straight to TensorFlow and
    return its own tensors.
    """

    running = True
    deferring = False
    serial = 0
    cursor = tree.root

    def __init__(self, from_tensor: Callable[[Tensor], Any]) -> None:
        self._from_tensor = from_tensor
        self.children: dict[Any, Any] = {}
        self.known: dict[int, Any] = {}

    def input_key(self, tensor: Tensor) -> None:
        """No key is needed."""

    def variable_key(self, variable: GuardedVariable) -> None:
        """No key is needed."""

    def extend_key(self, key: list[Any], value: Any) -> None:
        """No key is needed."""

    def forget_inputs(self) -> None:
        """There are none."""

    def record(
        self, key: Any, child: Any, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """Makes the op call."""
        return function(*[convert(arg, self._from_tensor) for arg in args],
                        **{k: convert(arg, self._from_tensor) for k, arg in kwargs.items()})

    def close(self) -> None:
        """Nothing is pending."""


def is_aside() -> bool:
    """Whether op calls go straight to TensorFlow now: it builds a graph, or runs our caller."""
    return bool(graph_stack.stack) or type(local.segment) is _Aside


class aside:
    """Context manager: op calls made inside go straight to TensorFlow."""

    def __init__(self, from_tensor: Callable[[Tensor], Any]) -> None:
        self._aside = _Aside(from_tensor)

    def __enter__(self) -> None:
        self._outer = local.segment
        local.segment = self._aside

    def __exit__(self, *_: object) -> None:
        local.segment = self._outer
