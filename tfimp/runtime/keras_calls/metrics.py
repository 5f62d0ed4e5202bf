"""What marked code asks of metrics: to take values, to tell their result, to begin anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any, Final

import keras

from tfimp.runtime.keras_calls.calls import BY_ITSELF, may_record, record_call

_METHODS: Final = ("update_state", "result", "reset_state")


def metric_classes() -> Iterator[type]:
    """Keras's metrics, the base class first."""
    stack: list[type] = [keras.metrics.Metric]
    while stack:
        cls = stack.pop()
        yield cls
        derived: list[type] = cls.__subclasses__()
        stack.extend(each for each in derived if each.__module__.startswith("keras."))


def record_methods(cls: type) -> None:
    """Has calls of the methods that a class of metrics defines recorded."""
    for name in _METHODS:
        if name in vars(cls):
            setattr(cls, name, _recorded(vars(cls)[name]))


def _recorded(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        # A metric derived in the program has methods of its own, which these are part of.
        if may_record(args) and getattr(type(self), original.__name__) is method:
            result = record_call(self, original, args, kwargs)
            if result is not BY_ITSELF:
                return result
        return original(self, *args, **kwargs)

    return update_wrapper(method, original)


def recorded_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """The `__call__` of metrics: it updates them, then tells the result."""

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if may_record(args) and type(self).__module__.startswith("keras."):
            self._check_super_called()
            update = record_call(self, type(self).update_state.__wrapped__, args, kwargs)
            if update is BY_ITSELF:
                return original(self, *args, **kwargs)
            return record_call(self, type(self).result.__wrapped__, (), {})
        return original(self, *args, **kwargs)

    return update_wrapper(__call__, original)
