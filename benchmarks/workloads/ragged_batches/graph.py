"""The step as a graph built by hand, whose batches may have any size."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.workloads.mlp_small.data import SMALL
from benchmarks.workloads.mlp_small.graph import Graph, trainer
from benchmarks.workloads.ragged_batches.data import batches


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    return trainer(Graph(SMALL, any_size=True), batches)
