"""Eager tensors that unmarked code computed while tapes recorded, as tensors with a history."""

from __future__ import annotations

import weakref
from typing import Any, Final

from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import EagerTensor
from tfimp.runtime.thread import Crossings, local, serials

# The source of tensors that came out of unmarked code.
_UNMARKED: Final = object()


class NativeOutput:
    """Which result of a native call a tensor is."""

    __slots__ = ("slot",)

    def __init__(self, slot: int) -> None:
        self.slot = slot


class Crossing:
    """The history of an eager tensor that unmarked code computed while a tape of ours recorded.

    What it depends on only TensorFlow's own tape knows, the one below the tape that asks; see
    `UnmarkedCalls`. What was handed to unmarked code before belongs to the tapes: once they are
    gone nobody can go this way, and a loop that carries a tensor from one tape to the next holds
    no more than the last.

    Args:
        value: the eager tensor.
        crossings: what tensors are handed to unmarked code.
        count: how many of them had been when it was computed.

    Attributes:
        value: as passed.
        serial, differentiable, dropped, history_length, prune_at, inputs: as of a `Segment`.
    """

    __slots__ = ("__weakref__", "_count", "_crossings", "serial", "value")

    differentiable: Final = True
    dropped: Final = None
    history_length: Final = 0
    prune_at: Final = 0
    inputs: Final = ()

    def __init__(self, value: Any, crossings: Crossings, count: int) -> None:
        self.serial = next(serials)
        self.value = value
        self._crossings = weakref.ref(crossings)
        self._count = count

    def tapes(self) -> set[Any]:
        """The tapes that may still ask for it."""
        crossings = self._crossings()
        return set() if crossings is None else set(crossings.tapes)

    def handed_over(self) -> list[Tensor]:
        """The tensors of ours that unmarked code had been given by then.

        Without those that came out of unmarked code themselves: of these the tape below knows the
        way further back, on which their cotangents must not go a second time.
        """
        crossings = self._crossings() or ()
        return [tensor for tensor in crossings[:self._count]
                if type(tensor._segment) is not Crossing]

    def drop_history(self) -> None:
        """Forgets what only a gradient could ask for, which is nothing here."""

    def late_value(self, tensor: Tensor) -> Any:
        """Never asked for: what unmarked code computed has its value from the first."""
        raise AssertionError("a tensor of unmarked code always has its value")


def back_from_unmarked(
    value: Any, crossings: Crossings | None = None, count: int | None = None
) -> Tensor:
    """A tensor on an eager tensor of unmarked code, with its history if a tape records.

    Args:
        crossings, count: what had been handed to unmarked code, and how much of it by then, where
            a tape has recorded.
    """
    if crossings is None and local.tapes:
        crossings = local.crossings
    tensor = Tensor.__new__(Tensor)
    tensor._value = value
    tensor._source = _UNMARKED
    tensor._segment = None
    if crossings is not None:
        tensor._segment = Crossing(value, crossings, len(crossings) if count is None else count)
    tensor._output = NativeOutput(0)
    return tensor


def may_be_unmarked(value: Any) -> bool:
    """Whether unmarked code may have computed a value from something with a history."""
    unmarked = getattr(value, "_source", None) is _UNMARKED or isinstance(value, EagerTensor)
    return unmarked and bool(value.dtype.is_floating or value.dtype.is_complex)
