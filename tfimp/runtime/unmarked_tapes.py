"""Tapes and forward accumulators of unmarked code, which see what TensorFlow runs and no more.

Op calls of marked code that they should see run natively, and so each has to ask. It does where
it meets what comes from outside its segment; hence segments end where such a tape starts.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import graph_stack, paused, wrap_recording
from tfimp.runtime.thread import local


def watch_unmarked_tapes() -> None:
    """Has it noticed when tapes and forward accumulators of unmarked code record."""
    wrap_recording(_start, _stop)
    tape: Any = tf.GradientTape
    tape.watch = _noting_watched(_on_values(tape.watch, 1))
    tape.gradient = _on_values(tape.gradient, 2)
    tape.jacobian = _on_values(tape.jacobian, 2)
    tape.batch_jacobian = _on_values(tape.batch_jacobian, 2)
    tape.watched_variables = _with_variables_of_ours(tape.watched_variables)
    accumulator: Any = tf.autodiff.ForwardAccumulator
    accumulator.__init__ = _noting_watched(_on_values(accumulator.__init__, 1))
    accumulator.jvp = _on_values(accumulator.jvp, 1)


def watched_by_unmarked_tapes() -> list[Tensor]:
    """The tensors of ours that tapes and accumulators which record now have been told to watch."""
    return [tensor for tape in local.unmarked_tapes
            for tensor in getattr(tape, "tfimp_watched", ())]


def unmarked_tapes_paused() -> AbstractContextManager[None]:
    """Context manager: what runs inside was past when the tapes began, and they do not see it."""
    tapes = list(local.unmarked_tapes)
    return paused(tapes) if tapes else nullcontext()


def _start(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def start(self: Any) -> None:
        if not graph_stack.stack:
            _carry_out_unseen()
        own(self)
        local.unmarked_tapes.append(self)

    return start


def _stop(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def stop(self: Any) -> None:
        own(self)
        tapes = local.unmarked_tapes
        tapes[:] = [tape for tape in tapes if tape is not self]

    return stop


def _carry_out_unseen() -> None:
    """Ends the open segment, so that the tapes see none of it and later op calls ask anew."""
    segment = local.segment
    if segment is not None and not segment.running:
        segment.close()


def _on_values(own: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The method, for tensors of ours too among the first `count` arguments.

    TensorFlow tells tensors apart by identity there, so it has to be their values.
    """
    names = [*inspect.signature(own).parameters][1:count + 1]

    @functools.wraps(own)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        values = {name: _values(arg) for name, arg in kwargs.items() if name in names}
        return own(self, *map(_values, args[:count]), *args[count:], **{**kwargs, **values})

    return call


def _noting_watched(own: Callable[..., Any]) -> Callable[..., Any]:
    """The method, of which it is remembered what tensors of ours are watched from then on."""

    @functools.wraps(own)
    def call(self: Any, tensors: Any, *args: Any, **kwargs: Any) -> Any:
        watched = [item for item in tf.nest.flatten(tensors) if type(item) is Tensor]
        if watched:
            self.tfimp_watched = [*getattr(self, "tfimp_watched", ()), *watched]
        return own(self, tensors, *args, **kwargs)

    return call


def _values(nest: Any) -> Any:
    if any(type(item) is Tensor for item in tf.nest.flatten(nest)):
        return tf.nest.map_structure(
            lambda item: item._fetch() if type(item) is Tensor else item, nest
        )
    return nest


def _with_variables_of_ours(own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(own)
    def watched_variables(self: Any) -> Any:
        return tuple(getattr(variable, "tfimp_variable", variable) for variable in own(self))

    return watched_variables
