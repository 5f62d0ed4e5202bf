"""The chain in PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmarks.workloads.chain_1000 import data


def make(length: int) -> Callable[[int], list[float]]:
    """The start of the chain."""
    start, bias = torch.from_numpy(data.start), torch.from_numpy(data.bias)

    def run(iterations: int) -> list[float]:
        sums = []
        for _ in range(iterations):
            h = start
            for _ in range(length // data.PASS):
                h = torch.tanh(h * 0.9 + bias)
                h = torch.clamp(h - bias, min=0.01)
            sums.append(h.sum().item())
        return sums

    return run
