"""The step in PyTorch, as one writes it there."""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmarks.workloads.mlp_small.data import RATE, batches, initial


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [torch.from_numpy(array).requires_grad_() for array in initial()]
    w1, b1, w2, b2, w3, b3 = parameters

    def run(iterations: int) -> list[float]:
        losses = []
        for number in range(iterations):
            images, labels = map(torch.from_numpy, batches[number % len(batches)])
            hidden = torch.relu(images @ w1 + b1)
            hidden = torch.relu(hidden @ w2 + b2)
            loss = torch.nn.functional.cross_entropy(hidden @ w3 + b3, labels.long())
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= RATE * gradient
            losses.append(loss.item())
        return losses

    return run
