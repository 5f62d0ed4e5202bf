"""Counters of what the runtime did, for `tfimp.stats()`."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class Counters:
    """Totals since the process began, and sizes as they are now.

    Attributes:
        calls_recorded: op calls recorded in segments that were carried out.
        calls_run_by_tier_0: op calls that TensorFlow eager carried out one by one.
        plans_compiled: plans compiled.
        plans_run: segments carried out by a plan.
        plans_held: plans held now.
        trace_nodes: nodes of the trace tree now.
        fetches: fetches that ended a segment.
    """

    calls_recorded: int = 0
    calls_run_by_tier_0: int = 0
    plans_compiled: int = 0
    plans_run: int = 0
    plans_held: int = 0
    trace_nodes: int = 0
    fetches: int = 0


counters = Counters()


def stats() -> Counters:
    """A copy of the runtime's counters as they stand."""
    return dataclasses.replace(counters)
