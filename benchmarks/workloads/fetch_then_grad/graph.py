"""The step as a plain graph, which takes loss and gradient in one run and prints afterwards."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

from benchmarks.workloads.fetch_then_grad.limit import TOO_LARGE
from benchmarks.workloads.mlp_small.data import SMALL
from benchmarks.workloads.mlp_small.graph import Graph


def make() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    graph, batches = Graph(SMALL), SMALL.batches()
    log = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            images, labels = next(stream)
            feeds = {graph.images: images, graph.labels: labels}
            loss, _ = graph.session.run([graph.loss, graph.update], feeds)
            print(f"loss {loss:.4f}", file=log)
            if loss > TOO_LARGE:
                break
            losses.append(float(loss))
        return losses

    return run
