"""The distribution to sample from, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

DIMENSIONS: Final = 10
LEAPS: Final = 10
STEP_SIZE: Final = 0.25
SEED: Final = 41

Array = npt.NDArray[np.float64]


def precision() -> Array:
    """The inverse of the covariances."""
    chance = np.random.default_rng(42)
    root = chance.standard_normal((DIMENSIONS, DIMENSIONS)) / DIMENSIONS**0.5
    precision: Array = root @ root.T + 0.5 * np.eye(DIMENSIONS)
    return precision
