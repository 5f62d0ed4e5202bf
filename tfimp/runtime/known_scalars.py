"""Operators on scalars whose values are known, computed by Python instead of an op call.

A loop that tests a number which it has fetched, or counts in an integer tensor, would make a plan
of every op call or two. What is exact is computed at once: a comparison, and arithmetic of
integers. Neither has a gradient, so nothing is lost with the op call.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Container
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import device_in_scope, graph_stack, make_eager
from tfimp.runtime.thread import local

# The least and the greatest value of each integer dtype, by TensorFlow's number.
_INTEGERS: Final[dict[int, tuple[int, int]]] = {
    dtype.as_datatype_enum: (dtype.min, dtype.max) for dtype in (tf.int32, tf.int64)
}
_FLOATS: Final[dict[int, Any]] = {
    tf.float32.as_datatype_enum: np.float32,
    tf.float64.as_datatype_enum: np.float64,
}
_COMPARED: Final = {*_INTEGERS, *_FLOATS}
_BOOL: Final[int] = tf.bool.as_datatype_enum

# Python integers up to this are floats of either dtype.
_LARGEST_EXACT: Final = 2**24

# Python floats up to this are numbers of either dtype.
_LARGEST_FLOAT: Final = 3e38

_COMPARISONS: Final = frozenset({
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
})
_ARITHMETIC: Final = frozenset({
    operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod,
})


def known_operator(
    function: Callable[[Any, Any], Any],
) -> Callable[[Any, Any], Tensor | None] | None:
    """What computes an operator of known scalars; None if it always takes an op call.

    It is called with the two operands, one of which is a tensor, and returns a tensor, or None
    where the operands are not known scalars of one dtype, or where TensorFlow has to speak (a
    division by zero, a number that the dtype does not hold).
    """
    if function in _COMPARISONS:
        return _comparison(function)
    if function in _ARITHMETIC:
        return _arithmetic(function)
    return None


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Tensor | None]:
    def compare(left: Any, right: Any) -> Tensor | None:
        numbers = _numbers(left, right, _COMPARED)
        if numbers is None:
            return None
        first, second, _ = numbers
        return leaf(_truth(function(first, second)))

    return compare


@functools.cache
def _truth(value: bool) -> Any:
    return make_eager(value, _BOOL)


def _arithmetic(function: Callable[[int, int], int]) -> Callable[[Any, Any], Tensor | None]:
    divides = function in (operator.floordiv, operator.mod)

    def calculate(left: Any, right: Any) -> Tensor | None:
        numbers = _numbers(left, right, _INTEGERS)
        if numbers is None:
            return None
        first, second, enum = numbers
        if divides and not second:
            return None
        result = function(first, second)
        least, greatest = _INTEGERS[enum]
        return leaf(make_eager(result, enum)) if least <= result <= greatest else None

    return calculate


def _numbers(left: Any, right: Any, dtypes: Container[int]) -> tuple[Any, Any, int] | None:
    """The operands as Python numbers, and TensorFlow's number of their dtype."""
    if graph_stack.stack or local.segment.running or device_in_scope():
        return None  # op calls go straight to TensorFlow, or elsewhere
    if type(left) is Tensor:
        first = _known(left, dtypes)
        if first is None:
            return None
        number, enum = first
        if type(right) is Tensor:
            second = _known(right, dtypes)
            return None if second is None or second[1] != enum else (number, second[0], enum)
        other = _converted(right, enum)
        return None if other is None else (number, other, enum)
    second = _known(right, dtypes)
    other = None if second is None else _converted(left, second[1])
    return None if second is None or other is None else (other, *second)


def _known(tensor: Tensor, dtypes: Container[int]) -> tuple[Any, int] | None:
    """The number in a scalar that the open segment did not produce, and its dtype's."""
    value = tensor._value
    if value is None or tensor._segment is local.segment:
        return None
    enum = value._datatype_enum()
    if enum not in dtypes or value._shape_tuple():
        return None
    return value._numpy().item(), enum


def _converted(number: Any, enum: int) -> Any:
    """A Python number as a value of the dtype; None where that is not exactly TensorFlow's."""
    cls = type(number)
    if enum in _INTEGERS:
        least, greatest = _INTEGERS[enum]
        return number if cls is int and least <= number <= greatest else None
    if cls is float:
        return float(_FLOATS[enum](number)) if abs(number) <= _LARGEST_FLOAT else None
    return number if cls is int and abs(number) <= _LARGEST_EXACT else None
