"""The network in PyTorch, its loop a Python loop too."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from benchmarks.workloads.rnn_varlen.data import BATCH, RATE, UNITS, initial, sequences


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [torch.from_numpy(array).requires_grad_() for array in initial()]
    gate_weights, gate_bias, weights, bias, output_weights, output_bias = parameters

    def cell(inputs: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        both = torch.cat([inputs, state], dim=1)
        gates = torch.sigmoid(both @ gate_weights + gate_bias)
        reset, update = torch.chunk(gates, 2, dim=1)
        both = torch.cat([inputs, reset * state], dim=1)
        candidate = torch.tanh(both @ weights + bias)
        return update * state + (1.0 - update) * candidate

    stream = itertools.cycle(sequences)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            sequence, labels = map(torch.from_numpy, next(stream))
            state = torch.zeros(BATCH, UNITS)
            for inputs in sequence:
                state = cell(inputs, state)
            logits = state @ output_weights + output_bias
            loss = torch.nn.functional.cross_entropy(logits, labels.long())
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= RATE * gradient
            losses.append(loss.item())
        return losses

    return run
