"""The network's first weights and the batches it is trained on, the same in every mode."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

SIZES: Final = (64, 64, 64, 10)
BATCH: Final = 32
BATCHES: Final = 16
RATE: Final = 0.1

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_chance = np.random.default_rng(7)


def initial() -> list[Array]:
    """Weights and biases of the three layers, in turn."""
    chance = np.random.default_rng(11)
    found: list[Array] = []
    for rows, columns in itertools.pairwise(SIZES):
        found.append((0.1 * chance.standard_normal((rows, columns))).astype(np.float32))
        found.append((0.1 * chance.standard_normal(columns)).astype(np.float32))
    return found


batches: Final[list[tuple[Array, Labels]]] = [
    (
        _chance.standard_normal((BATCH, SIZES[0])).astype(np.float32),
        _chance.integers(SIZES[-1], size=BATCH).astype(np.int32),
    )
    for _ in range(BATCHES)
]
