"""What the marks that the rewriter puts into loops do: end segments where loops repeat.

A training loop needs no `new_step` to be cached: the back edge of a loop whose iteration wrote a
variable ends the segment. A loop that only computes is unrolled, unless the number of its
iterations varies from one run of it to the next: then a plan a length would be needed, and one
for an iteration, chained, is better.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfimp.runtime import rewritten
from tfimp.runtime.thread import local


class _Site:
    """One loop of the program.

    Attributes:
        iterations: of its present run, as far as op calls were pending at its back edges.
        last: of its last run.
        varies: whether two runs differed.
    """

    __slots__ = ("iterations", "last", "varies")

    def __init__(self) -> None:
        self.iterations = 0
        self.last: int | None = None
        self.varies = False


_sites: dict[str, _Site] = {}


def enter_loop(site: str, iterable: Iterable[Any]) -> Iterable[Any]:
    """Notes that the loop at `site` begins; returns what it iterates over."""
    known = _sites.get(site)
    if known is None:
        known = _sites[site] = _Site()
    if known.iterations:
        if known.last is not None and known.last != known.iterations:
            known.varies = True
        known.last = known.iterations
        known.iterations = 0
    return iterable


def iterate(site: str) -> None:
    """Notes a back edge of the loop at `site`; ends the segment where that helps caching."""
    segment = local.segment
    node = segment.cursor
    if node.parent is None:
        rewritten.recording = False
        return
    known = _sites.get(site)
    if known is None:
        known = _sites[site] = _Site()
    known.iterations += 1
    if node.writes or known.varies:
        segment.close()
