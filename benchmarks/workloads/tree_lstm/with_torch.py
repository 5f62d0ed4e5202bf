"""The network in PyTorch, which follows each tree by recursion too."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from benchmarks.workloads.tree_lstm.data import RATE, Tree, initial, trees


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    parameters = [torch.from_numpy(array).requires_grad_() for array in initial()]
    embedding, weights, bias, output_weights, output_bias = parameters

    def state_of(tree: Tree) -> tuple[torch.Tensor, torch.Tensor]:
        if isinstance(tree, int):
            word = embedding[tree : tree + 1]
            return torch.tanh(word), word
        (left_output, left_cell), (right_output, right_cell) = map(state_of, tree)
        both = torch.cat([left_output, right_output], dim=1)
        parts = torch.chunk(both @ weights + bias, 5, dim=1)
        enter, keep_left, keep_right, leave, candidate = parts
        cell = (
            torch.sigmoid(enter) * torch.tanh(candidate)
            + torch.sigmoid(keep_left) * left_cell
            + torch.sigmoid(keep_right) * right_cell
        )
        return torch.sigmoid(leave) * torch.tanh(cell), cell

    stream = itertools.cycle(trees)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            tree, label = next(stream)
            output, _ = state_of(tree)
            logits = output @ output_weights + output_bias
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor([label]))
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= RATE * gradient
            losses.append(loss.item())
        return losses

    return run
