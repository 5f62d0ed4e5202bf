"""Records calls of Keras objects that compute: layers, losses and metrics."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.keras_calls.entries import Entry, entry_of
from tfimp.runtime.keras_calls.op_calls import MustRunByItself, hanging_on
from tfimp.runtime.keras_calls.purity import parts_of
from tfimp.runtime.keras_calls.surroundings import calling_context, inherited_arguments
from tfimp.runtime.marked_code import is_marked
from tfimp.runtime.own_calls import assign
from tfimp.runtime.recording import call_op
from tfimp.runtime.segment import Segment, call_recorded
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor, graph_stack, make_eager, numpy_enum
from tfimp.runtime.thread import local
from tfimp.runtime.trace import tree

# What a recorded call returns that is not recorded after all.
BY_ITSELF: Final = object()

_PLAIN: Final = frozenset({bool, int, float, str, type(None)})


def is_recording() -> bool:
    """Whether op calls are recorded now."""
    segment = local.segment
    return not graph_stack.stack and type(segment) is Segment and not segment.running


def may_record(args: tuple[Any, ...]) -> bool:
    """Whether the call two frames up is marked code's, or takes a tensor of ours."""
    if not is_recording():
        return False
    return is_marked(sys._getframe(2).f_globals) or any(type(arg) is Tensor for arg in args)


def record_call(
    owner: Any, method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Records a call of a method of Keras's own; returns its result, or BY_ITSELF."""
    entry = entry_of(owner)
    call = entry.call_of(owner, method)
    if call is None:
        entry.may_have_losses = True
        return BY_ITSELF
    try:
        taken = [_argument(arg) for arg in args]
        named = {name: _argument(value) for name, value in kwargs.items()}
    except _NotATensor:
        entry.may_have_losses = True
        return BY_ITSELF
    named.update(inherited_arguments(owner, named))
    segment = local.segment
    try:
        result, hanging, updates, losses = call_recorded(
            call, (entry.variables, taken, named, hanging_on(taken)), {}
        )
    except MustRunByItself:
        entry.never_record()
        return BY_ITSELF
    own(owner, segment)
    for variable, update in zip(entry.variables, updates, strict=True):
        if update is not None:
            set_variable(variable, update)
    if losses or entry.may_have_losses:
        _take_losses(owner, entry, losses)
    for name, hung in hanging.items():
        for tensor, item in zip(tf.nest.flatten(result), hung, strict=True):
            setattr(tensor, name, item)
    return result


def own(owner: Any, segment: Any) -> None:
    """Has the segment in which an object's op call was recorded hold the object.

    Args:
        segment: the open segment before that; it may have ended before the op call or behind it.
    """
    for holder in (segment, local.segment):
        if holder.cursor is not tree.root:
            holder.owners[id(owner)] = owner


def set_variable(variable: Any, value: Any) -> None:
    """Records that a variable is set."""
    call_op(assign, variable, value)
    if local.segment.deferring:
        variable.writer = local.segment


class _NotATensor(Exception):
    """An argument that Keras has to see itself."""


def is_numeric_array(value: Any) -> bool:
    """Whether a value is an array that a tensor can hold."""
    return type(value) is np.ndarray and value.dtype.kind in "fiub"


def array_as_tensor(array: Any) -> Tensor:
    """The array as a tensor of its dtype, which Keras makes of it too."""
    return leaf(make_eager(array, numpy_enum(array.dtype)))


def _argument(value: Any) -> Any:
    cls = type(value)
    if cls is Tensor or cls is EagerTensor or cls in _PLAIN:
        return value
    if cls is list or cls is tuple:
        return cls(_argument(item) for item in value)
    if cls is dict:
        return {name: _argument(item) for name, item in value.items()}
    if is_numeric_array(value):
        return array_as_tensor(value)
    raise _NotATensor


def _take_losses(owner: Any, entry: Entry, losses: dict[str, list[Any]]) -> None:
    """Gives layers the losses that they have added, as their calls by Keras do."""
    if not hasattr(owner, "_clear_losses"):
        entry.may_have_losses = False
        return
    if calling_context() is None:
        owner._clear_losses()  # else the layer around it has done so
    if losses:
        parts = parts_of(owner)
        for number, added in losses.items():
            parts[int(number)]._losses.extend(added)
    entry.may_have_losses = bool(losses)
