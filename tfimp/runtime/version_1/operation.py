"""`Operation`: what stands for an op of a graph that a session would run.

The op has been carried out by the time its `Operation` is made. Running it once tells nothing new;
running it again would be a second step in a graph, which cannot be had here and is refused.
"""

from __future__ import annotations

import contextlib
import linecache
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.errors import user_location
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import graph_stack


class Operation:
    """An op that has been carried out.

    Attributes:
        name: its name, as in a graph.
        type: the kind of op.
        repeatable: whether running it any number of times does nothing, in a graph as here.
    """

    __slots__ = ("__weakref__", "_has_run", "_location", "name", "repeatable", "type")

    def __init__(self, name: str, kind: str, repeatable: bool = False) -> None:
        self.name = name
        self.type = kind
        self.repeatable = repeatable
        self._has_run = False
        self._location = None if repeatable else user_location()

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Does nothing: the op has been carried out.

        Raises:
            RuntimeError: if it is run again, or something is fed.
        """
        refuse_feeds(feed_dict)
        self.claim()

    def claim(self) -> None:
        """Notes that a session runs the op.

        Raises:
            RuntimeError: if one has run it before.
        """
        if self._has_run and not self.repeatable:
            raise RuntimeError(
                f"The op {self.name!r} was carried out where it was made{self._where()}, once; a "
                "session cannot carry it out again. Where op calls run as they are made, what a "
                "loop repeats stands in the loop: move the making of the op, and of the tensors "
                "that it depends on, to the place of this run."
            )
        self._has_run = True

    def _where(self) -> str:
        if self._location is None:
            return ""
        filename, line = self._location
        text = linecache.getline(filename, line).strip()
        return f" ({os.path.basename(filename)}, line {line}{': ' if text else ''}{text})"

    def __repr__(self) -> str:
        return f"<tf.Operation {self.name!r} type={self.type}>"


class _Dependencies(threading.local):
    """The ops and tensors of the `control_dependencies` that are open in this thread."""

    def __init__(self) -> None:
        self.stack: list[list[Any]] = []


_dependencies = _Dependencies()


def is_repeatable(item: Any) -> bool:
    """Whether running `item` again in a graph would do nothing but compute the same."""
    return item is None or (isinstance(item, Operation) and item.repeatable)


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """`tf.control_dependencies`: what is given has been carried out already."""
    if graph_stack.stack:
        with tf.control_dependencies(control_inputs):
            yield
        return
    inputs = [item() if callable(item) and not isinstance(item, Operation) else item
              for item in control_inputs or []]
    _dependencies.stack.append([] if control_inputs is None else inputs)
    try:
        yield
    finally:
        _dependencies.stack.pop()


def _group_of(inputs: Sequence[Any], name: str, kind: str) -> Operation:
    inputs = [*inputs, *(item for items in _dependencies.stack for item in items)]
    return Operation(name, kind, all(is_repeatable(item) for item in inputs))


def group(*inputs: Any, name: str | None = None) -> Any:
    """`tf.group`: an op that stands for several that have been carried out."""
    if graph_stack.stack:
        return tf.group(*inputs, name=name)
    return _group_of(tf.nest.flatten(inputs), name or "group_deps", "NoOp")


def no_op(name: str | None = None) -> Any:
    """`tf.no_op`; what it depends on (`tf.control_dependencies`) has been carried out."""
    if graph_stack.stack:
        return tf.no_op(name)
    return _group_of([], name or "NoOp", "NoOp")


def assignment(variable: Any, method: str, value: Any) -> Any:
    """Assigns now; returns the variable's new value, which a session may fetch once."""
    getattr(variable, method)(value)
    result = variable.read_value()
    if type(result) is Tensor:
        result.operation = Operation(variable.name, method)
    return result


def operation_of(fetched: Any) -> Operation | None:
    """The op that a session runs when it is asked for a tensor, if it is one with an effect."""
    if type(fetched) is Tensor:
        return getattr(fetched, "__dict__", {}).get("operation")
    return fetched if isinstance(fetched, Operation) else None


def refuse_feeds(feed_dict: Any) -> None:
    """Raises if something is fed.

    Raises:
        RuntimeError: with what to do instead.
    """
    if feed_dict:
        count = "a value" if len(feed_dict) == 1 else f"{len(feed_dict)} values"
        raise RuntimeError(
            f"feed_dict brings {count} to tensors that have theirs already: op calls run as they "
            "are made. Compute what is fetched from the values themselves, by a function of what "
            "is fed: session.run(loss, feed_dict={x: batch}) becomes "
            "session.run(loss_of(batch)), with `def loss_of(x): ... return loss`."
        )


def placeholder(dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """Placeholders have no meaning in imperative code.

    Raises:
        RuntimeError: always, with what to do instead.
    """
    location = user_location()
    line = "" if location is None else linecache.getline(*location).strip()
    target, assigned, _ = line.partition(" = ")
    instead = "make what uses it a function of it"
    if assigned and target.isidentifier():
        instead = f"make what uses {target} a function, `def model({target}): ...`"
    raise RuntimeError(
        "tf.placeholder has no place in a program that runs op calls as they are made: pass the "
        "value itself (a NumPy array, a Python number or a tensor) where the placeholder was "
        f"used, or {instead}, and call it with each batch."
    )
