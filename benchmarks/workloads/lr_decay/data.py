"""How fast the learning rate shrinks and how examples count, the same in every mode."""

from typing import Final

import numpy as np

from benchmarks.workloads.mlp_small.data import Array

DECAY: Final = 0.9999
PERIOD: Final = 100

# How much the loss counts in each step of a period.
strengths: Final[Array] = np.linspace(0.5, 1.5, PERIOD, dtype=np.float32)
