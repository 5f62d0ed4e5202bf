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


def standard_distance(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    """How far the means and mean squares of two samples lie apart, in standard errors, at most.

    The samples may be correlated in time, as those of a Markov chain are: standard errors are
    those of the means of long batches.
    """
    if not one or {len(sample) for sample in one} != {len(sample) for sample in other}:
        return math.inf
    return max(
        _standard_distance([power(x) for x in column], [power(x) for x in other_column])
        for column, other_column in zip(zip(*one, strict=True), zip(*other, strict=True),
                                        strict=True)
        for power in (float, lambda x: x * x)
    )


def _standard_distance(one: Sequence[float], other: Sequence[float]) -> float:
    (mean, error), (other_mean, other_error) = _mean_and_error(one), _mean_and_error(other)
    distance, unit = abs(mean - other_mean), math.hypot(error, other_error)
    return distance / unit if unit else (math.inf if distance else 0.0)


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    size = max(1, math.isqrt(len(values)))
    beginnings = range(0, len(values) - size + 1, size)
    batches = [statistics.fmean(values[begin : begin + size]) for begin in beginnings]
    error = statistics.stdev(batches) / len(batches) ** 0.5 if len(batches) > 1 else math.inf
    return statistics.fmean(values), error
