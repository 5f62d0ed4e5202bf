"""Which histories the sources of a gradient are in, or behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfimp.runtime.crossings import Crossing, may_be_unmarked
from tfimp.runtime.hidden_sources import HiddenSources
from tfimp.runtime.native import UnmarkedCalls
from tfimp.runtime.segment import Segment
from tfimp.runtime.sources import Sources
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.thread import local


class Reach:
    """Tells from which histories a gradient finds its way to a source.

    Args:
        sources: what the gradient is taken with respect to.
        hidden: what products compute again of it by themselves.
        within: tells whether a history counts at all; without it everything counts.
        native_tape: TensorFlow's own tape that saw what unmarked code did meanwhile, if any.

    Attributes:
        met_unmarked: whether there are inputs whose own history unmarked code may have hidden.
    """

    def __init__(
        self, sources: Sources, hidden: HiddenSources, within: Callable[[Any], bool] | None,
        native_tape: Any,
    ) -> None:
        self._sources = sources
        self._hidden = hidden
        self._within = within
        self._native_tape = native_tape
        self._found: dict[int, bool] = {}
        self.met_unmarked = False

    def counts(self, history: Any) -> bool:
        """Whether a history counts at all."""
        if type(history) is Crossing:
            return self._native_tape is not None
        return self._within is None or self._within(history)

    def through(self, crossings: Sequence[Crossing]) -> UnmarkedCalls:
        """What the tape saw of unmarked code, as the history of what came out of it."""
        return UnmarkedCalls(crossings, self._native_tape, self._sources.of_unmarked)

    def includes(self, history: Any) -> bool:
        """Whether a source is an input or a result of the history, or of one before it."""
        stack = [history]
        while stack:
            current = stack[-1]
            if current.serial in self._found:
                stack.pop()
                continue
            is_crossing = type(current) is Crossing
            inputs = self.through([current]).inputs if is_crossing else current.inputs
            before = [
                value._segment for value in inputs
                if type(value) is Tensor and value._segment is not None
                and self.counts(value._segment)
            ]
            unknown = [h for h in before if h.serial not in self._found]
            if unknown:
                stack.extend(unknown)
                continue
            stack.pop()
            if local.converted and any(map(may_be_unmarked, inputs)):
                self.met_unmarked = True
            self._found[current.serial] = (
                current.dropped is not None
                or bool(self._sources.results_of(current))
                or any(map(self._sources.places, inputs))
                or (type(current) is Segment and bool(self._hidden.in_segment(current)))
                or any(self._found[h.serial] for h in before)
            )
        return self._found[history.serial]
