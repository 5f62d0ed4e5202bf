"""Whether a program does the same under eager and under tfimp."""

from __future__ import annotations

import contextlib
import enum
import math
import warnings
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from unittest import mock

import tensorflow as tf

import tfimp
from tests import differential
from tfimp.runtime import (
    executor,
    generalise,
    loops,
    rewritten,
    segment,
    spec,
    tensorflow_internals,
)
from tfimp.runtime.trace import Tree

assert tfimp.new_step  # loads the runtime

# What rounding errors come to in a chain of op calls whose values stay below ten.
TOLERANCE = 1e-4
TOLERANCE_OF_HALF_PRECISION = 5e-3


_SMALLEST_BOUNDS: tuple[tuple[Any, str, int], ...] = (
    (executor, "LONGEST_SEGMENT", 9),
    (segment, "LONGEST_SEGMENT", 9),
    (executor, "MOST_PLANS", 40),
    (executor, "MOST_UNWANTED", 0),
    (executor, "MOST_PLANS_OF_A_NODE", 1),
    (generalise, "VALUES_SEEN", 2),
    (generalise, "MOST_CONSTANTS", 1),
    (loops, "UNROLLED_AT_FIRST", 2),
    (loops, "MOST_UNROLLED", 3),
    (loops, "CHUNK", 2),
    (spec, "LARGEST_CONSTANT_ARRAY", 0),
    (Tree, "MOST_NODES", 150),
)


class Tier(enum.Enum):
    """Which segments of a program are compiled, and when; and how often the program is run.

    What is compiled when it is first seen is run by the second run, so that hardly a plan is
    compiled in vain: compiling takes most of the time.
    """

    COLD = (lambda node: math.inf, 1, 2)
    HOT = (lambda node: 0.0, 0, 2)
    MIXED = (lambda node: 0.0 if node.depth % 2 else math.inf, 0, 2)
    CHANCE = (None, 0, 3)  # early, late or never, as the times that segments take may have it
    LATER = (lambda node: 0.0, 1, 3)
    TIGHT = (lambda node: 0.0, 0, 3)  # every bound of the runtime is met

    def __init__(
        self, expected_cost: Callable[[Any], float] | None, untimed_visits: int, runs: int
    ) -> None:
        self.expected_cost = expected_cost
        self.untimed_visits = untimed_visits
        self.runs = runs

    @classmethod
    def of(cls, number: int) -> Tier:
        """The tier of the program of that number."""
        several = [cls.LATER, cls.TIGHT] + [cls.MIXED] * 5 + [cls.CHANCE] * 4 + [cls.HOT] * 4
        return (cls.COLD, *several)[number % 16]

    @contextlib.contextmanager
    def forced(self, number: int = 0) -> Iterator[None]:
        """Forgets what was seen before; then compiles as this tier does.

        Args:
            number: what chance begins with.
        """
        cost = self.expected_cost or _by_chance(number)
        segment.sync()
        executor.clear_traces()
        with contextlib.ExitStack() as stack:
            patch = mock.patch.object
            stack.enter_context(patch(rewritten, "keeps_history", False))  # the program may say so
            stack.enter_context(patch(executor._cost, "expected", cost))
            stack.enter_context(patch(executor, "UNTIMED_VISITS", self.untimed_visits))
            # What earlier programs left behind is to make no difference.
            most = 0 if self is Tier.TIGHT else 10**9
            stack.enter_context(patch(tensorflow_internals, "MOST_LEFT_BEHIND", most))
            for owner, name, value in _SMALLEST_BOUNDS if self is Tier.TIGHT else ():
                stack.enter_context(patch(owner, name, value))
            yield


def _by_chance(number: int) -> Callable[[Any], float]:
    """A cost that is nothing in some of the cases and endless in the others."""
    chance = Random(number)
    share = chance.choice((0.1, 0.5, 0.9))
    return lambda node: 0.0 if chance.random() < share else math.inf


def difference(
    source: str, tier: Tier = Tier.HOT, runs: int | None = None, number: int = 0
) -> str | None:
    """What a program does differently under tfimp, or None.

    Args:
        runs: how many times it is run; the tier knows.
        number: what the chance begins with by which a tier compiles.
    """
    if "tf.random." in source.replace("tf.random.stateless", ""):
        tf.random.set_seed(0)  # which costs TensorFlow its cache of kernels
    half = "float16" in source
    tolerance = TOLERANCE_OF_HALF_PRECISION if half else TOLERANCE
    with tier.forced(number), warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        try:
            differential.check(source, runs or tier.runs, rtol=tolerance, atol=tolerance)
        except AssertionError as error:
            # A gradient that was lost with a warning is a known gap.
            if any(str(warning.message).startswith("tf.gradients takes") for warning in shown):
                return None
            return str(error).strip() or repr(error)
    for warning in shown:
        if str(warning.message).startswith("tfimp could not compile"):
            return str(warning.message)
    return None
