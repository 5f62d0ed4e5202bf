"""Which history is kept for gradients, and for how long.

A `GradientTape` that may still be asked counts what it recorded, and as in eager mode the rest is
not kept. `tf.gradients` may ask for everything that led to a tensor; where marked code mentions it
(`rewritten.keep_history`), all history is kept that the program can ask for.

Then a tensor that a loop computes from itself holds all the segments that it came from. They matter
only as long as the program holds something that a gradient could be taken with respect to: a
variable that they read, or a tensor further back. A chain of segments is looked through when it
has grown long, and again each time it has doubled, so that the cost for a segment stays constant.
"""

from __future__ import annotations

import enum
import weakref
from sys import getrefcount
from typing import Any, Final

from tfimp.runtime import rewritten
from tfimp.runtime.crossings import Crossing
from tfimp.runtime.tensor import Tensor

SHORTEST_PRUNED: Final = 64

# Reference counts, as `map(getrefcount, ...)` sees them, of what only a collection holds.
_HELD_BY_LIST: Final = next(map(getrefcount, [object()]))
_HELD_BY_DICT: Final = next(map(getrefcount, {0: object()}.values()))


class Dropped(enum.Enum):
    """Why a gradient through history that was dropped is refused."""

    STEP_ENDED = (
        "A gradient was asked for through a tensor whose step has ended: leaving `new_step` drops "
        "what gradients need. Take the gradient inside the step, or pass the tensor through "
        "tf.stop_gradient to use it as a constant."
    )
    UNWANTED = (
        "A gradient was asked for through a tensor that was computed before any rewritten code "
        "mentioned tf.gradients: what it needs was not kept. Use a tf.GradientTape, or import the "
        "module that takes gradients first."
    )


class _Tapes:
    """The tapes that may still be asked for a gradient, as far as the program holds them.

    Not a `WeakSet`, which another thread must not change while it is iterated over.
    """

    def __init__(self) -> None:
        self._references: dict[int, weakref.ref[Any]] = {}

    def add(self, tape: Any) -> None:
        """Notes a tape that has begun to record."""
        key = id(tape)
        if key not in self._references:
            self._references[key] = weakref.ref(
                tape, lambda reference: self._references.pop(key, None)
            )

    def discard(self, tape: Any) -> None:
        """Notes that a tape has been asked for the last time."""
        self._references.pop(id(tape), None)

    def count(self, history: Any) -> bool:
        """Whether one of them has recorded a segment, or the like."""
        for reference in list(self._references.values()):
            tape = reference()
            if tape is not None and tape.counts(history):
                return True
        return False


tapes_that_ask: Final = _Tapes()


def is_wanted(history: Any) -> bool:
    """Whether a gradient may ask for a segment, or the like, that is being carried out."""
    return rewritten.keeps_history or tapes_that_ask.count(history)


def extend_history(segment: Any) -> None:
    """Notes how long the history of a segment is; drops what is dead where it is long."""
    length, prune_at = 0, SHORTEST_PRUNED
    for value in segment.inputs:
        if type(value) is Tensor:
            before = value._segment
            if before is not None and before.history_length > length:
                length, prune_at = before.history_length, before.prune_at
    segment.history_length = length + 1
    segment.prune_at = prune_at
    if length + 1 >= prune_at:
        kept = _prune(segment)
        segment.prune_at = segment.history_length + max(SHORTEST_PRUNED, kept)


def _prune(newest: Any) -> int:
    """Drops the histories behind `newest` that no gradient can ask for; returns how many stay."""
    histories = _behind(newest)
    if rewritten.keeps_history:
        return len(histories) - _drop_without_sources(histories)
    return len(histories) - _drop_without_tapes(histories)


def _drop_without_tapes(histories: list[Any]) -> int:
    """Drops what no tape counts; returns how many of the histories, the newest last, that are."""
    dropped = 0
    # A product computes again what it is about.
    computed_again: set[int] = set()
    for history in reversed(histories):
        if (
            history is histories[-1] or history.serial in computed_again
            or type(history) is Crossing or tapes_that_ask.count(history)
        ):
            computed_again.update(about.serial for about in _products(history))
        else:
            history.dropped = Dropped.UNWANTED
            history.drop_history()
            dropped += 1
    return dropped


def _drop_without_sources(histories: list[Any]) -> int:
    """Drops what no live source reaches; returns how many of the histories that are."""
    newest = histories[-1]
    uses: dict[int, int] = {}
    results_used: dict[int, int] = {}
    tensors: dict[int, Tensor] = {}
    for value in [value for history in histories for value in history.inputs]:
        if type(value) is not Tensor:
            continue
        if id(value) not in tensors and value._segment is not None:
            serial = value._segment.serial
            results_used[serial] = results_used.get(serial, 0) + 1
        uses[id(value)] = uses.get(id(value), 0) + 1
        tensors[id(value)] = value
    for about in [about for history in histories for about in _products(history)]:
        results_used[about.serial] = results_used.get(about.serial, 0) + 1
    value = about = None
    counts = dict(zip(tensors, map(getrefcount, tensors.values()), strict=True))
    held = {key for key, count in counts.items() if count > uses[key] + _HELD_BY_DICT}
    alive: set[int] = set()
    tapes: dict[int, set[Any]] = {}
    dropped = 0
    references = list(map(getrefcount, histories))
    for history, count in zip(histories, references, strict=True):
        has_other_results = count > results_used.get(history.serial, 0) + _HELD_BY_LIST
        if history is newest or has_other_results or _has_source(history, held, alive):
            alive.add(history.serial)
        tapes[history.serial] = _tapes_through(history, tapes)
        if history.serial not in alive and not tapes[history.serial]:
            history.drop_history()
            dropped += 1
    return dropped


def _behind(newest: Any) -> list[Any]:
    """All histories that lead to `newest`, itself included, the oldest first."""
    found = {newest.serial: newest}
    stack = [newest]
    while stack:
        history = stack.pop()
        befores = [value._segment for value in history.inputs
                   if type(value) is Tensor and value._segment is not None]
        for before in (*befores, *_products(history)):
            if before.serial not in found:
                found[before.serial] = before
                stack.append(before)
    return [found[serial] for serial in sorted(found)]


def _products(history: Any) -> list[Any]:
    """The segments that products in a history are about."""
    return list(getattr(history, "products", {}).values())


def _tapes_through(history: Any, before: dict[int, set[Any]]) -> set[Any]:
    """The tapes by which a gradient may still get to unmarked code, which knows the way from there.

    Args:
        before: those of the older histories, by serial number.
    """
    if type(history) is Crossing:
        return history.tapes()
    found: set[Any] = set()
    for value in history.inputs:
        if type(value) is Tensor and value._segment is not None:
            found |= before.get(value._segment.serial, set())
    return {tape for tape in found if tape.counts(history)}


def _has_source(history: Any, held: set[int], alive: set[int]) -> bool:
    """Whether a gradient with respect to an input of the history may still be asked for."""
    for value in history.inputs:
        if type(value) is Tensor:
            if id(value) in held:
                return True
            if value._segment is not None and value._segment.serial in alive:
                return True
        elif hasattr(value, "trainable"):
            return True
    return False
