"""Whether a program does the same under eager and under tfimp."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterator

import tensorflow as tf

import tfimp
from tests import differential
from tfimp.runtime import executor, segment
from tfimp.runtime.trace import tree

assert tfimp.new_step  # loads the runtime

# What half-precision numbers and long chains of rounding errors come to.
TOLERANCE = 5e-3


@contextlib.contextmanager
def tier(hot: bool) -> Iterator[None]:
    """Forgets what was seen before; then compiles all that is seen twice, or nothing."""
    segment.sync()
    tree.clear()
    tf.random.set_seed(0)
    expected = executor._cost.expected
    executor._cost.expected = lambda node: 0.0 if hot else math.inf  # type: ignore[method-assign]
    try:
        yield
    finally:
        executor._cost.expected = expected  # type: ignore[method-assign]


def difference(source: str, runs: int = 2, hot: bool = True) -> str | None:
    """What a program does differently under tfimp, or None."""
    with tier(hot), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            differential.check(source, runs, rtol=TOLERANCE, atol=TOLERANCE)
        except AssertionError as error:
            return str(error).strip() or repr(error)
    return None
