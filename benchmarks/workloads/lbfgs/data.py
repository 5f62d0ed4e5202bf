"""Where the search begins and how long it may take, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

DIMENSIONS: Final = 20
MEMORY: Final = 5
STARTS: Final = 8
MOST_STEPS: Final = 12
FLAT_ENOUGH: Final = 1e-5

Array = npt.NDArray[np.float64]

starts: Final[list[Array]] = list(
    np.random.default_rng(61).uniform(-1.5, 1.5, (STARTS, DIMENSIONS))
)
