"""Random binary trees and the network's first weights, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

WORDS: Final = 50
UNITS: Final = 32
CLASSES: Final = 4
FEWEST_LEAVES: Final = 4
MOST_LEAVES: Final = 16
RATE: Final = 0.05
TREES: Final = 32

Array = npt.NDArray[np.float32]

# A leaf is the number of its word, any other node the pair of its children.
Tree = int | tuple["Tree", "Tree"]

_chance = np.random.default_rng(31)


def initial() -> list[Array]:
    """The embedding, then weights and bias of the node and of the output."""
    chance = np.random.default_rng(32)

    def normal(*shape: int) -> Array:
        return (0.2 * chance.standard_normal(shape)).astype(np.float32)

    return [
        normal(WORDS, UNITS), normal(2 * UNITS, 5 * UNITS), normal(5 * UNITS),
        normal(UNITS, CLASSES), normal(CLASSES),
    ]


def _tree(leaves: int) -> Tree:
    if leaves == 1:
        return int(_chance.integers(WORDS))
    left = int(_chance.integers(1, leaves))
    return _tree(left), _tree(leaves - left)


trees: Final[list[tuple[Tree, int]]] = [
    (_tree(int(_chance.integers(FEWEST_LEAVES, MOST_LEAVES + 1))), int(_chance.integers(CLASSES)))
    for _ in range(TREES)
]
