"""Sequences of many lengths and the network's first weights, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

BATCH: Final = 8
INPUTS: Final = 16
UNITS: Final = 32
CLASSES: Final = 4
SHORTEST: Final = 5
LONGEST: Final = 50
RATE: Final = 0.1
SEQUENCES: Final = 16

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_chance = np.random.default_rng(21)


def initial() -> list[Array]:
    """Weights and bias of the gates, of the candidate and of the output."""
    chance = np.random.default_rng(22)

    def weights(rows: int, columns: int) -> list[Array]:
        spread = rows**-0.5
        matrix = (spread * chance.standard_normal((rows, columns))).astype(np.float32)
        return [matrix, np.zeros(columns, np.float32)]

    return [
        *weights(INPUTS + UNITS, 2 * UNITS),
        *weights(INPUTS + UNITS, UNITS),
        *weights(UNITS, CLASSES),
    ]


# Time comes first: an element of the first axis is what one step of the loop reads.
sequences: Final[list[tuple[Array, Labels]]] = [
    (
        _chance.standard_normal((length, BATCH, INPUTS)).astype(np.float32),
        _chance.integers(CLASSES, size=BATCH).astype(np.int32),
    )
    for length in _chance.integers(SHORTEST, LONGEST + 1, size=SEQUENCES)
]
