"""What the marks that the rewriter puts into loops do: end segments where loops repeat.

A training loop needs no `new_step` to be cached: the back edge of a loop whose iteration wrote a
variable ends the segment. A short `for` that runs equally often each time, such as the one that
updates each variable in turn, is unrolled instead, so that the step around it is one plan. A loop
that only computes is unrolled too, unless the number of its iterations varies from one run of it
to the next: then a plan a length would be needed, and one for an iteration, chained, is better.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tfimp.runtime import rewritten
from tfimp.runtime.thread import local

# A loop that writes variables is unrolled up to this many iterations before it is known how
# often it runs, and up to so many once it has been seen to run equally often each time.
UNROLLED_AT_FIRST: Final = 16
MOST_UNROLLED: Final = 256


class _Site:
    """One loop of the program.

    Attributes:
        iterations: of its present run, as far as op calls were pending at its back edges.
        last: of its last run; None if it has not ended yet.
        unrolled: how many iterations that write may be in one segment.
        varies: whether two runs differed.
    """

    __slots__ = ("iterations", "last", "unrolled", "varies")

    def __init__(self) -> None:
        self.iterations = 0
        self.last: int | None = None
        self.unrolled = UNROLLED_AT_FIRST
        self.varies = False

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
        rewritten.recording = False
        return
    loop = _site(site)
    loop.iterations += 1
    if loop.varies or (node.writes and loop.iterations > loop.unrolled):
        segment.close()
