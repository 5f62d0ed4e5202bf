"""The chain in JAX, as one jitted function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.workloads.chain_1000 import data


def make(length: int) -> Callable[[int], list[float]]:
    """The start of the chain."""
    start, bias = jnp.asarray(data.start), jnp.asarray(data.bias)

    @jax.jit
    def chain(h: Any) -> Any:
        for _ in range(length // data.PASS):
            h = jnp.tanh(h * 0.9 + bias)
            h = jnp.maximum(h - bias, 0.01)
        return h.sum()

    return lambda iterations: [float(chain(start)) for _ in range(iterations)]
