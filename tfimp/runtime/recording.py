"""Turns TensorFlow functions into op calls: the fast path of recording.

Written for speed, measured by `python -m benchmarks`: an op call that a plan will carry out
costs about a microsecond here, and nothing else happens to it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfimp.runtime.inputs import Unrecordable
from tfimp.runtime.known_scalars import known_operator
from tfimp.runtime.native import call_in_graph
from tfimp.runtime.segment import call_recorded
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable

_new_tensor = Tensor.__new__


def op_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as marked modules see it: its calls are recorded.

    Inside a graph that somebody builds (a `tf.function`, a `Dataset.map`) it is the function.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        if graph_stack.stack:
            return call_in_graph(function, args, kwargs)
        segment = local.segment
        key: list[Any] = [function]
        try:
            for value in args:
                cls = type(value)
                if cls is Tensor:
                    key.append(
                        value._output if value._segment is segment else segment.input_key(value)
                    )
                elif cls is Variable:
                    key.append(segment.known.get(id(value)) or segment.variable_key(value))
                elif cls is int:
                    key.append((cls, value))
                elif cls is float and value and value == value:
                    key.append(segment.known.get(id(value)) or (cls, value))
                else:
                    segment.extend_key(key, value)
            if kwargs:  # asked first, for making an iterator over none takes a tenth of the call
                for name, value in kwargs.items():
                    key.append(name)
                    segment.extend_key(key, value)
        except Unrecordable as reason:
            return segment.leave_out(reason, function, args, kwargs)
        found = tuple(key)
        child = segment.children.get(found)
        if child is not None and child.hot and segment.deferring:
            output = child.output
            if output is None:
                return segment.advance(child)
            segment.cursor = child
            segment.children = child.children
            tensor = _new_tensor(Tensor)
            tensor._segment = segment
            tensor._output = output
            tensor._value = None
            segment.produced.append(tensor)
            return tensor
        return segment.record(found, child, function, args, kwargs)

    functools.update_wrapper(call, function)
    return call


def binary_operator(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A tensor's operator, from its function on values."""
    known = known_operator(function)

    def call(self: Any, other: Any) -> Any:
        if graph_stack.stack:
            return call_in_graph(function, (self, other), {})
        segment = local.segment
        if known is not None and self._segment is not segment:
            result = known(self, other)
            if result is not None:
                return result
        cls = type(other)
        try:
            left = self._output if self._segment is segment else segment.input_key(self)
            if cls is Tensor:
                key: tuple[Any, ...] = (
                    function, left,
                    other._output if other._segment is segment else segment.input_key(other),
                )
            elif cls is int:
                key = (function, left, (cls, other))
            elif cls is float and other and other == other:
                key = (function, left, segment.known.get(id(other)) or (cls, other))
            else:
                parts = [function, left]
                segment.extend_key(parts, other)
                key = tuple(parts)
        except Unrecordable as reason:
            return segment.leave_out(reason, function, (self, other), {})
        child = segment.children.get(key)
        if child is not None and child.hot and segment.deferring:
            segment.cursor = child
            segment.children = child.children
            tensor = _new_tensor(Tensor)
            tensor._segment = segment
            tensor._output = child.output
            tensor._value = None
            segment.produced.append(tensor)
            return tensor
        return segment.record(key, child, function, (self, other), {})

    return call


def reflected_operator(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A tensor's operator with the tensor on the right, from its function on values."""
    known = known_operator(function)
    recorded = op_call(function)

    def call(self: Any, other: Any) -> Any:
        if known is not None and type(other) is int and self._segment is not local.segment:
            result = known(other, self)
            if result is not None:
                return result
        return recorded(other, self)

    return call


def call_op(function: Callable[..., Any], *args: Any) -> Any:
    """Makes one op call of positional arguments."""
    if graph_stack.stack:
        return call_in_graph(function, args, {})
    return call_recorded(function, args, {})
