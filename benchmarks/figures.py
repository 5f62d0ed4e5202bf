"""Medians, spreads, paired ratios, and how far results differ."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The median of some figures with their lower and upper quartile."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, lower, upper)


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """The ratios of figures that were taken in the same rounds."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def largest_difference(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    """How far two lists of vectors differ at most, relative to each vector's largest element."""
    if [len(vector) for vector in one] != [len(vector) for vector in other]:
        return math.inf
    return max(map(_difference, one, other), default=0.0)


def _difference(one: Sequence[float], other: Sequence[float]) -> float:
    largest = distance = 0.0
    for a, b in zip(one, other, strict=True):
        if math.isfinite(a) and math.isfinite(b):
            distance = max(distance, abs(a - b))
            largest = max(largest, abs(a), abs(b))
        elif not (a == b or (math.isnan(a) and math.isnan(b))):
            return math.inf
    return distance / largest if distance else 0.0
