"""The network's first weights and the batches it is trained on, the same in every mode."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

BATCHES: Final = 16
RATE: Final = 0.1

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Problem:
    """What is to be learned.

    Attributes:
        sizes: those of the inputs, of the hidden layers and of the outputs.
        batch: how many examples a batch holds.
    """

    sizes: tuple[int, int, int, int]
    batch: int

    def initial(self) -> list[Array]:
        """Weights and biases of the three layers, in turn."""
        chance = np.random.default_rng(11)
        found: list[Array] = []
        for rows, columns in itertools.pairwise(self.sizes):
            found.append((0.1 * chance.standard_normal((rows, columns))).astype(np.float32))
            found.append((0.1 * chance.standard_normal(columns)).astype(np.float32))
        return found

    def batches(self) -> list[tuple[Array, Labels]]:
        """Inputs and the classes they belong to, one batch after the other."""
        chance = np.random.default_rng(7)
        return [
            (
                chance.standard_normal((self.batch, self.sizes[0])).astype(np.float32),
                chance.integers(self.sizes[-1], size=self.batch).astype(np.int32),
            )
            for _ in range(BATCHES)
        ]


SMALL: Final = Problem(sizes=(64, 64, 64, 10), batch=32)
MNIST: Final = Problem(sizes=(784, 128, 32, 10), batch=100)
