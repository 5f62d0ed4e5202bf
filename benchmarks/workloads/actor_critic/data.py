"""The network's first weights and the constants of the training, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

OBSERVED: Final = 4
UNITS: Final = 32
ACTIONS: Final = 2
LONGEST: Final = 40
EPISODES: Final = 16  # of a training, after which another one begins
DISCOUNT: Final = 0.97
RATE: Final = 0.01

Array = npt.NDArray[np.float64]


def initial() -> list[Array]:
    """Weights and biases of the hidden layer, of the actor and of the critic."""
    chance = np.random.default_rng(71)

    def normal(*shape: int) -> Array:
        return 0.3 * chance.standard_normal(shape)

    return [
        normal(OBSERVED, UNITS), np.zeros(UNITS), normal(UNITS, ACTIONS), np.zeros(ACTIONS),
        normal(UNITS, 1), np.zeros(1),
    ]
