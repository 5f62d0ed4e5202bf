"""Images and the network's first weights, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

BATCH: Final = 32
SIDE: Final = 32
COLOURS: Final = 3
CHANNELS: Final = (32, 64)
CLASSES: Final = 10
BATCHES: Final = 4
RATE: Final = 0.05

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_chance = np.random.default_rng(101)


def initial() -> list[Array]:
    """Kernels and biases of two convolutions and of the output, in turn."""
    chance = np.random.default_rng(102)

    def normal(*shape: int) -> Array:
        spread = float(np.prod(shape[:-1])) ** -0.5
        array: Array = (spread * chance.standard_normal(shape)).astype(np.float32)
        return array

    first, second = CHANNELS
    return [
        normal(3, 3, COLOURS, first), np.zeros(first, np.float32),
        normal(3, 3, first, second), np.zeros(second, np.float32),
        normal((SIDE // 4) ** 2 * second, CLASSES), np.zeros(CLASSES, np.float32),
    ]


batches: Final[list[tuple[Array, Labels]]] = [
    (
        _chance.standard_normal((BATCH, SIDE, SIDE, COLOURS)).astype(np.float32),
        _chance.integers(CLASSES, size=BATCH).astype(np.int32),
    )
    for _ in range(BATCHES)
]
