"""The step in PyTorch, as one writes it there."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from benchmarks.workloads.mlp_small.data import RATE, SMALL, Problem


def make(problem: Problem = SMALL, steps: int = 1) -> Callable[[int], list[float]]:
    """A fresh network; an iteration is so many steps, the last of which has its loss fetched."""
    batches = problem.batches()
    parameters = [torch.from_numpy(array).requires_grad_() for array in problem.initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations * steps):
            images, labels = map(torch.from_numpy, next(stream))
            hidden = torch.relu(images @ w1 + b1)
            hidden = torch.relu(hidden @ w2 + b2)
            loss = torch.nn.functional.cross_entropy(hidden @ w3 + b3, labels.long())
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= RATE * gradient
            if (number + 1) % steps == 0:
                losses.append(loss.item())
        return losses

    return run
