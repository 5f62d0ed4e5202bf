"""The step of mlp_small in the other modes, with a rate that shrinks."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.workloads.lr_decay.rate import DECAY
from benchmarks.workloads.mlp_small import eager, function, graph


def make_eager() -> Callable[[int], list[float]]:
    """A fresh network in TF2 eager mode."""
    return eager.make(DECAY)


def make_function() -> Callable[[int], list[float]]:
    """A fresh network, its step a `tf.function`."""
    return function.make(DECAY)


def make_session() -> Callable[[int], list[float]]:
    """A fresh network, its step run by `Session.run`."""
    return graph.make_decaying(DECAY)
