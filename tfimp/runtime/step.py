"""`new_step`: a scope for gradients."""

from __future__ import annotations

import weakref
from types import TracebackType
from typing import Any

import tensorflow as tf

from tfimp.runtime.history import Dropped
from tfimp.runtime.segment import sync
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.thread import local
from tfimp.runtime.trace import map_tensors
from tfimp.runtime.version_1.operation import Operation


class Step:
    """One step, made by `new_step`; `run` carries out op calls in it."""

    __slots__ = ("_histories", "_outer", "_prune_at")

    def __init__(self) -> None:
        self._histories: list[weakref.ref[Any]] = []
        self._prune_at = 64
        self._outer: Step | None = None

    def __enter__(self) -> Step:
        sync()
        self._outer = local.step
        _be_in(self)
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            segment = local.segment
            segment.dropped = Dropped.STEP_ENDED
            sync()
            local.segment.dropped = None
        finally:
            _be_in(self._outer)
            for reference in self._histories:
                history = reference()
                if history is not None:
                    history.dropped = Dropped.STEP_ENDED
                    history.drop_history()
            self._histories = []

    def add(self, history: Any) -> None:
        """Notes a history that ends with the step."""
        self._histories.append(weakref.ref(history))
        if len(self._histories) > self._prune_at:
            self._histories = [r for r in self._histories if r() is not None]
            self._prune_at = max(64, 2 * len(self._histories))

    def run(self, fetches: Any) -> Any:
        """Carries out `fetches` now and returns their values.

        Args:
            fetches: a tensor, a variable, an assignment, an op of TensorFlow 1's names or a nest
                (list, tuple, dict) of them.

        Returns:
            The same nest with NumPy values; None for an op. What is neither a tensor nor a
            variable is returned as it is.

        Raises:
            RuntimeError: if an op that changes something is run for the second time.
        """
        sync()
        return map_tensors(_value, fetches)


def _be_in(step: Step | None) -> None:
    """Has this thread be in a step; its open segment, which is empty, is part of that."""
    local.step = local.segment.step = step


def _value(fetched: Any) -> Any:
    if isinstance(fetched, (Tensor, tf.Tensor, tf.Variable)):
        return fetched.numpy()
    if isinstance(fetched, Operation):
        fetched.run()
        return None
    return fetched


def new_step() -> Step:
    """Opens a step: `with tf.new_step() as step: ...`.

    On exit what is pending is carried out and everything that was kept for gradients is
    dropped. Tensors keep their values; a gradient through them raises ValueError. Steps nest.
    """
    return Step()
