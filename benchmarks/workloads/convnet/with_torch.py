"""The step in PyTorch; images come and are kept in its own order of axes."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch.nn import functional

from benchmarks.workloads.convnet.data import RATE, batches, initial


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    k1, b1, k2, b2, w, b = map(torch.from_numpy, initial())
    # Kernels from height, width, in, out to out, in, height, width.
    k1, k2 = (kernel.permute(3, 2, 0, 1).contiguous() for kernel in (k1, k2))
    parameters = [parameter.requires_grad_() for parameter in (k1, b1, k2, b2, w, b)]
    ready = [
        (torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels).long())
        for images, labels in batches
    ]

    def loss_of(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(functional.conv2d(images, k1, b1, padding="same"))
        hidden = functional.max_pool2d(hidden, 2)
        hidden = torch.relu(functional.conv2d(hidden, k2, b2, padding="same"))
        hidden = functional.max_pool2d(hidden, 2)
        # The weights of the output expect the channels last.
        flat = hidden.permute(0, 2, 3, 1).reshape(len(images), -1)
        return functional.cross_entropy(flat @ w + b, labels)

    stream = itertools.cycle(ready)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            loss = loss_of(*next(stream))
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= RATE * gradient
            losses.append(loss.item())
        return losses

    return run
