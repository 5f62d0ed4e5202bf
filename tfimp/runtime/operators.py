"""The operators of `Tensor` and `Variable`, and the assignments of `Variable`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.own_calls import assign, assign_add, assign_sub, read_variable
from tfimp.runtime.recording import binary_operator, op_call, reflected_operator
from tfimp.runtime.tensor import Assignable, Tensor
from tfimp.runtime.tensorflow_internals import ResourceVariable, graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable

_BINARY: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow,
    "matmul": operator.matmul, "and": operator.and_, "or": operator.or_, "xor": operator.xor,
}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
}
_UNARY: Final[dict[str, Callable[[Any], Any]]] = {
    "neg": operator.neg, "abs": operator.abs, "invert": operator.invert,
}


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    recorded = op_call(function)

    def call(self: Any, other: Any) -> Any:
        return recorded(other, self)

    return call


class _Slice(Assignable):
    """Where in a variable a tensor was read, so that it can be assigned."""

    __slots__ = ("_index", "_variable")

    def __init__(self, variable: Variable, index: Any) -> None:
        self._variable = variable
        self._index = index

    def assign(self, val: Any, name: str | None = None) -> Any:
        """Assigns to that part of the variable; returns the variable."""
        _ = self._variable._handle  # what is pending for the variable comes first
        self._variable.native[native(self._index)].assign(native(val), name)
        return self._variable


_slice = op_call(operator.getitem)
_read_variable = op_call(read_variable)


def _slice_variable(self: Variable, index: Any) -> Any:
    sliced = _slice(self, index)
    if type(sliced) is Tensor:
        sliced._source = _Slice(self, index)
    return sliced


def _comparison_with_none(
    function: Callable[[Any, Any], Any], recorded: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    """`==` and `!=`: TensorFlow answers with a Python bool where it cannot compare."""

    def call(self: Any, other: Any) -> Any:
        if other is None:
            return function is operator.ne
        return recorded(self, other)

    return call


def _install(cls: type, name: str, method: Callable[..., Any]) -> None:
    method.__name__ = name
    method.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, method)


def install_operators() -> None:
    """Gives `Tensor` and `Variable` their operators and assignments."""
    _install_variable_methods()
    for cls, make, reflected in (
        (Tensor, binary_operator, reflected_operator), (Variable, op_call, _reflected)
    ):
        for name, function in _BINARY.items():
            _install(cls, f"__{name}__", make(function))
            _install(cls, f"__r{name}__", reflected(function))
        for name, comparison in _COMPARISONS.items():
            method = make(comparison)
            if cls is Tensor and name in ("eq", "ne"):
                method = _comparison_with_none(comparison, method)
            _install(cls, f"__{name}__", method)
        for name, unary in _UNARY.items():
            _install(cls, f"__{name}__", op_call(unary))
    _install(Tensor, "__getitem__", binary_operator(operator.getitem))
    _install(Variable, "__getitem__", _slice_variable)


def _assignment(
    function: Callable[[Any, Any], None], own: Callable[..., Any]
) -> Callable[..., Any]:
    recorded = op_call(function)

    def method(
        self: Variable, value: Any, use_locking: bool | None = None, name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        if graph_stack.stack:
            return own(self, value, use_locking, name, read_value)
        recorded(self, value)
        segment = local.segment
        if segment.deferring:
            self.writer = segment
        return self if read_value else None

    method.__doc__ = own.__doc__
    return method


def _read(self: Variable) -> Any:
    """The variable's value as a tensor."""
    if graph_stack.stack:
        return self.native.read_value()
    return _read_variable(self)


def _numpy(self: Variable) -> Any:
    """The variable's value as a NumPy array."""
    if graph_stack.stack:
        return self.native.numpy()  # which raises
    return self.read_value().numpy()


def _to_tensor(
    self: Variable, dtype: tf.DType | None = None, name: str | None = None, as_ref: bool = False
) -> Any:
    if not graph_stack.stack:
        _ = self._handle  # what is pending for the variable comes first
    return self.native._dense_var_to_tensor(dtype=dtype, name=name, as_ref=as_ref)


def _install_variable_methods() -> None:
    for name, function in (
        ("assign", assign), ("assign_add", assign_add), ("assign_sub", assign_sub)
    ):
        _install(Variable, name, _assignment(function, getattr(ResourceVariable, name)))
    _install(Variable, "read_value", _read)
    _install(Variable, "value", _read)
    _install(Variable, "numpy", _numpy)
    _install(Variable, "_dense_var_to_tensor", _to_tensor)
    Variable.__hash__ = ResourceVariable.__hash__  # type: ignore[method-assign]
    Variable.__iter__ = _iterate


def _iterate(self: Variable) -> Any:
    return iter(self.read_value())
