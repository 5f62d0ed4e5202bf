"""What the marks that the rewriter puts into loops do: end segments where loops repeat.

A training loop needs no `new_step` to be cached: the back edge of a loop whose iteration wrote a
variable ends the segment. A short `for` that runs equally often each time, such as the one that
updates each variable in turn, is unrolled instead, so that the step around it is one plan. A loop
that only computes is unrolled too, unless the number of its iterations varies from one run of it
to the next: then a plan a length would be needed, and plans for a few iterations, chained, are
better.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tfimp.runtime import rewritten
from tfimp.runtime.thread import Thread, local

# A loop that writes variables is unrolled up to this many iterations before it is known how
# often it runs, and up to so many once it has been seen to run equally often each time.
UNROLLED_AT_FIRST: Final = 16
MOST_UNROLLED: Final = 256

# A loop that only computes and whose length varies is cut after this many iterations. Running a
# plan costs about as much as four small op calls run by TensorFlow eager, whatever is in it; and
# what remains at the end of a loop takes a plan for each number from one to this.
CHUNK: Final = 4


class _Site:
    """One loop of the program.

    Attributes:
        iterations: of its present run, as far as op calls were pending at its back edges.
        last: of its last run; None if it has not ended yet.
        unrolled: how many iterations that write may be in one segment.
        varies: whether two runs differed.
        segment: the serial number of the segment in which `in_segment` iterations were begun.
    """

    __slots__ = ("in_segment", "iterations", "last", "segment", "unrolled", "varies")

    def __init__(self) -> None:
        self.iterations = 0
        self.last: int | None = None
        self.unrolled = UNROLLED_AT_FIRST
        self.varies = False
        self.segment = 0
        self.in_segment = 0

    def begin(self) -> None:
        """Notes that a run begins, so that the last one has ended."""
        if not self.iterations:
            return
        if self.last is not None and self.last != self.iterations:
            self.varies = True
        self.last = self.iterations
        self.iterations = 0
        if self.last > MOST_UNROLLED:
            self.unrolled = 0
        else:
            self.unrolled = UNROLLED_AT_FIRST if self.varies else self.last


_sites: dict[str, _Site] = {}


def _site(name: str) -> _Site:
    site = _sites.get(name)
    if site is None:
        site = _sites.setdefault(name, _Site())
    return site


def enter_loop(site: str, iterable: Iterable[Any]) -> Iterable[Any]:
    """Notes that the loop at `site` begins; returns what it iterates over."""
    _site(site).begin()
    return iterable


def iterate(site: str) -> None:
    """Notes a back edge of the loop at `site`; ends the segment where that helps caching."""
    segment = local.segment
    node = segment.cursor
    if node.parent is None:
        rewritten.recording = Thread.several
        return
    loop = _site(site)
    loop.iterations += 1
    if loop.segment != segment.serial:
        loop.segment = segment.serial
        loop.in_segment = 0
    if node.writes:
        ends = loop.varies or loop.iterations > loop.unrolled
    else:
        ends = loop.varies and loop.in_segment >= CHUNK
    if ends:
        segment.close()
        loop.segment = local.segment.serial
        loop.in_segment = 0
    loop.in_segment += 1
