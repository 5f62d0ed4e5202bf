"""The start of the chain, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

# The op calls of one pass through the loop.
PASS: Final = 5

start: Final[npt.NDArray[np.float32]] = np.linspace(-1.0, 1.0, 64, dtype=np.float32)
bias: Final[npt.NDArray[np.float32]] = np.linspace(0.1, 0.2, 64, dtype=np.float32)
