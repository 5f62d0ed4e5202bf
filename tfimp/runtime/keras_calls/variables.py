"""Keras's variables in marked code: op calls take them as the `tf.Variable`s that they hold."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Final

import keras
from keras.src import backend

from tfimp.runtime.keras_calls.calls import is_recording, set_variable
from tfimp.runtime.keras_calls.methods import replace_method
from tfimp.runtime.keras_calls.surroundings import casts_to, is_stateless
from tfimp.runtime.marked_code import is_marked
from tfimp.runtime.recording import call_op
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.variable import GuardedVariable, guard, set_stand_in

# What the operators of a variable call, by Python's name.
_OPERATORS: Final = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
    "floordiv": "floor_divide", "mod": "mod", "pow": "power", "matmul": "matmul",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}
_REFLECTED: Final = frozenset({"add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"})


def _variable_in(variable: Any) -> tuple[GuardedVariable, Any] | None:
    """What an op call takes for a Keras variable: a `tf.Variable`, and the dtype it is cast to."""
    value = variable._value
    if value is None or is_stateless() or not guard(value):
        return None
    dtype = casts_to() if variable._autocast and value.dtype.is_floating else None
    return value, None if dtype is None or dtype == value.dtype.name else dtype


def _may_record(other: Any = None) -> bool:
    if type(other) is Tensor or is_marked(sys._getframe(2).f_globals):
        return is_recording() and not is_stateless()
    return False


def _operator(name: str, reflected: bool, original: Callable[..., Any]) -> Callable[..., Any]:
    function = getattr(backend.numpy, _OPERATORS[name])

    def call(self: Any, other: Any) -> Any:
        if _may_record(other):
            return call_op(function, other, self) if reflected else call_op(function, self, other)
        return original(self, other)

    return update_wrapper(call, original)


def _of_value(function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """An operator that is one of the value's: an index, a sign."""

    def call(self: Any, *args: Any) -> Any:
        return call_op(function, self, *args) if _may_record() else original(self, *args)

    return update_wrapper(call, original)


def _direct_assign(original: Callable[..., Any]) -> Callable[..., Any]:
    def _direct_assign(self: Any, value: Any) -> None:
        if type(value) is Tensor and is_recording() and guard(self._value):
            set_variable(self._value, value)
        else:
            original(self, value)

    return update_wrapper(_direct_assign, original)


def _assignment(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    function = getattr(backend.numpy, _OPERATORS[name])

    def assign(self: Any, value: Any) -> Any:
        if _may_record(value):
            return self.assign(call_op(function, self, value))
        return original(self, value)

    return update_wrapper(assign, original)


def record_variables() -> None:
    """Has what marked code does with Keras's variables recorded."""
    cls: Any = keras.Variable
    set_stand_in(cls, _variable_in)
    for name in _OPERATORS:
        replace_method(cls, f"__{name}__", lambda own, name=name: _operator(name, False, own))
    for name in _REFLECTED:
        replace_method(cls, f"__r{name}__", lambda own, name=name: _operator(name, True, own))
    for name in ("getitem", "neg", "abs"):
        function = getattr(operator, name)
        replace_method(cls, f"__{name}__", lambda own, function=function: _of_value(function, own))
    for name in ("add", "sub"):
        replace_method(cls, f"assign_{name}", lambda own, name=name: _assignment(name, own))
    replace_method(cls, "_direct_assign", _direct_assign)
