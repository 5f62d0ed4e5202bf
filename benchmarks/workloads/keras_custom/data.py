"""Batches, first weights and the optimizer's constants, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

INPUTS: Final = 64
UNITS: Final = 64
CLASSES: Final = 10
BATCH: Final = 32
BATCHES: Final = 16
RATE: Final = 1e-3
EPSILON: Final = 1e-7

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_chance = np.random.default_rng(81)


def initial() -> list[Array]:
    """Weights and biases of the two layers, in turn."""
    chance = np.random.default_rng(82)
    return [
        (0.1 * chance.standard_normal((INPUTS, UNITS))).astype(np.float32),
        np.zeros(UNITS, np.float32),
        (0.1 * chance.standard_normal((UNITS, CLASSES))).astype(np.float32),
        np.zeros(CLASSES, np.float32),
    ]


batches: Final[list[tuple[Array, Labels]]] = [
    (
        _chance.standard_normal((BATCH, INPUTS)).astype(np.float32),
        _chance.integers(CLASSES, size=BATCH).astype(np.int32),
    )
    for _ in range(BATCHES)
]
