"""The keys of op calls: what tells one op call of a trace from others.

A key is a flat tuple: the function called, then its arguments from left to right, flattened:
    Output            the result of an earlier op call of this segment
    InputSpec         a value from outside the segment, on its first use
    Repeat            the same value again
    (marker, ...)     the beginning of a list, tuple, dict or slice, whose items follow
    (class, value)    a static Python value
    str               the name of the keyword argument that follows
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.spec import SCALAR, InputSpec, Repeat

LIST: Final = "list"
TUPLE: Final = "tuple"
NAMED_TUPLE: Final = "named tuple"
DICT: Final = "dict"
SLICE: Final = "slice"
CONSTANT_ARRAY: Final = "constant array"
ODD: Final = "odd float"  # zeros, equal but not the same, and NaN, the same but not equal
COMPLEX: Final = "complex"
SHAPE: Final = "shape"
INDEXED_SLICES: Final = "indexed slices"
CAST: Final = "cast"  # of the variable that follows


class Output:
    """One tensor that an op call returns; also its key in later op calls of the segment.

    Attributes:
        node: the trace's node of that op call.
        slot: its number among the tensors that the path from the root produces.
        seen: dtype number and shape that it had when the op call was first made.
        dtype, shape: what a plan's graph says of it; set when its node is first compiled.
    """

    __slots__ = ("dtype", "node", "seen", "shape", "slot")

    def __init__(self, node: Any, slot: int, value: Any) -> None:
        self.node = node
        self.slot = slot
        self.seen: tuple[int, tuple[int, ...]] = (value._datatype_enum(), value._shape_tuple())
        self.dtype: Any = None
        self.shape: Any = None


def new_inputs(key: tuple[Any, ...]) -> tuple[list[InputSpec], list[InputSpec]]:
    """The new inputs of a key; those that stand for what was static once are numbered last."""
    specs = [part for part in key if type(part) is InputSpec]
    return ([s for s in specs if not is_generalised(s)], [s for s in specs if is_generalised(s)])


def is_generalised(spec: InputSpec) -> bool:
    """Whether the input stands where a static value stood before it was seen to vary."""
    return spec.kind is SCALAR


class InputNumbers:
    """Tells the numbers of a key's new inputs, asked for in key order."""

    def __init__(self, key: tuple[Any, ...], first_input: int) -> None:
        ordinary, _ = new_inputs(key)
        self._ordinary = itertools.count(first_input)
        self._generalised = itertools.count(first_input + len(ordinary))

    def next(self, spec: InputSpec) -> int:
        """The number of the next new input."""
        return next(self._generalised if is_generalised(spec) else self._ordinary)


class Decoder:
    """Turns a key back into arguments.

    Args:
        key: of an op call.
        first_input: the number of its first new input.
        resolve: makes a value of a result or (by number) an input.
    """

    def __init__(
        self, key: tuple[Any, ...], first_input: int, resolve: Callable[[Output | int], Any]
    ) -> None:
        self._parts = iter(key[1:])
        self._resolve = resolve
        self._numbers = InputNumbers(key, first_input)

    def decode(self) -> tuple[list[Any], dict[str, Any]]:
        """The arguments by position, and those by name."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for part in self._parts:
            if type(part) is str:
                named[part] = self._value(next(self._parts))
            else:
                positional.append(self._value(part))
        return positional, named

    def _value(self, part: Any) -> Any:
        kind = type(part)
        if kind is Output:
            return self._resolve(part)
        if kind is Repeat:
            return self._resolve(part.index)
        if kind is InputSpec:
            return self._resolve(self._numbers.next(part))
        return self._static(part)

    def _items(self, count: int) -> list[Any]:
        return [self._value(next(self._parts)) for _ in range(count)]

    def _static(self, part: tuple[Any, ...]) -> Any:
        marker, detail = part[0], part[1]
        if marker is LIST:
            return self._items(detail)
        if marker is TUPLE:
            return tuple(self._items(detail))
        if marker is SLICE:
            return slice(*self._items(3))
        if marker is DICT:
            return dict(zip(detail, self._items(len(detail)), strict=True))
        if marker is NAMED_TUPLE:
            return detail(*self._items(part[2]))
        if marker is CONSTANT_ARRAY:
            return np.frombuffer(part[3], dtype=detail).reshape(part[2]).copy()
        if marker is ODD:
            return float(detail)
        if marker is COMPLEX:
            return complex(detail)
        if marker is INDEXED_SLICES:
            return tf.IndexedSlices(*self._items(3))
        if marker is SHAPE:
            return tf.TensorShape(detail)
        if marker is CAST:
            return tf.cast(self._value(next(self._parts)), detail)
        return detail


def is_array_constant(part: Any) -> bool:
    """Whether a part of a key is a NumPy value taken as a constant."""
    return type(part) is tuple and part[0] is CONSTANT_ARRAY
