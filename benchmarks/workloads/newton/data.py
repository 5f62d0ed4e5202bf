"""A regression problem and where the search begins, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

ROWS: Final = 64
COLUMNS: Final = 5
STARTS: Final = 8
FLAT_ENOUGH: Final = 1e-6
MOST_STEPS: Final = 20

Array = npt.NDArray[np.float64]

_chance = np.random.default_rng(51)

features: Final[Array] = _chance.standard_normal((ROWS, COLUMNS))
# Where the features do not separate the signs, the minimum is at a finite distance.
signs: Final[Array] = np.sign(features[:, 0] + _chance.standard_normal(ROWS))
starts: Final[list[Array]] = list(2.0 * _chance.standard_normal((STARTS, COLUMNS)))
