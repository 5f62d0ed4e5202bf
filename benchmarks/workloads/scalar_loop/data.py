"""Where the loops begin, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STARTS: Final = 16

_chance = np.random.default_rng(3)

# Vectors that are doubled about ten times, and numbers whose way to 1 takes 2 to some 20 steps.
starts: Final[list[tuple[npt.NDArray[np.float32], int]]] = [
    (_chance.standard_normal(3).astype(np.float32), int(_chance.integers(3, 25)))
    for _ in range(STARTS)
]
