"""A batch of each size, in random order, the same in every mode."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.workloads.mlp_small.data import SMALL, Array, Labels

SMALLEST: Final = 1
LARGEST: Final = 64

_chance = np.random.default_rng(91)

batches: Final[list[tuple[Array, Labels]]] = [
    (
        _chance.standard_normal((size, SMALL.sizes[0])).astype(np.float32),
        _chance.integers(SMALL.sizes[-1], size=size).astype(np.int32),
    )
    for size in _chance.permutation(np.arange(SMALLEST, LARGEST + 1))
]
