"""`tf.device` in marked modules: op calls run on the device of the scope that they are made in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

import tensorflow as tf

from tfimp.runtime.segment import sync
from tfimp.runtime.tensorflow_internals import (
    HOST,
    device_in_scope,
    graph_stack,
    has_one_device,
)


class _DeviceScope:
    """TensorFlow's own scope, across whose edges no op call waits if they change the device."""

    def __init__(self, scope: Any) -> None:
        self._scope = scope
        # Whether the device was another one outside, for each time that it has been entered.
        self._changes: list[bool] = []

    def __enter__(self) -> None:
        outside = device_in_scope()
        self._scope.__enter__()
        changes = not _are_one(outside, device_in_scope())
        if changes:
            self._scope.__exit__(None, None, None)
            sync()
            self._scope.__enter__()
        self._changes.append(changes)

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._changes.pop():
                sync()
        finally:
            self._scope.__exit__(exception_type, exception, traceback)


def _are_one(outside: str, inside: str) -> bool:
    """Whether op calls run on the same device whichever of the two is the one in scope."""
    return outside == inside or ({outside, inside} == {"", HOST} and has_one_device())


def device(device_name: str | Callable[..., Any] | None) -> contextlib.AbstractContextManager[Any]:
    """`tf.device`: op calls made in its context run on the device of that name."""
    scope: Any = tf.compat.v1.device if callable(device_name) else tf.device
    made = scope(device_name)
    return made if graph_stack.stack else _DeviceScope(made)
