"""Where the loops begin, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

# The loop is passed about ten times, more or less often from start to start.
starts: Final[list[npt.NDArray[np.float32]]] = list(
    np.random.default_rng(3).standard_normal((16, 3)).astype(np.float32)
)
