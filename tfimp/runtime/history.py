"""Drops the history that no gradient can ask for any more.

A tensor that a loop computes from itself holds all the segments that it came from. They matter
only as long as the program holds something that a gradient could be taken with respect to: a
variable that they read, or a tensor further back. A chain of segments is looked through when it
has grown long, and again each time it has doubled, so that the cost for a segment stays constant.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any, Final

from tfimp.runtime.crossings import Crossing
from tfimp.runtime.tensor import Tensor

SHORTEST_PRUNED: Final = 64

# Reference counts, as `map(getrefcount, ...)` sees them, of what only a collection holds.
_HELD_BY_LIST: Final = next(map(getrefcount, [object()]))
_HELD_BY_DICT: Final = next(map(getrefcount, {0: object()}.values()))


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
    """Drops the histories behind `newest` that no live source reaches; returns how many stay."""
    histories = _behind(newest)
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
    return len(histories) - dropped


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
