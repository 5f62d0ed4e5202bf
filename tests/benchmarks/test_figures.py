"""The arithmetic of the benchmarks."""

from __future__ import annotations

import math

import pytest

from benchmarks import workloads
from benchmarks.definitions import MODES, Bar, Lane, Workload
from benchmarks.figures import Spread, largest_difference, ratios
from benchmarks.measure import Measurement
from benchmarks.report import duration
from benchmarks.verdict import verdicts

WORKLOAD = Workload(
    name="w", stresses="", modes={"tfimp": "m:f", "eager": "m:f"},
    bars=(
        Bar(against="eager", times_as_fast=8),
        Bar(against=Lane("other", "tfimp"), at_most=1.2),
        Bar(against="session", at_most=1.0),
        Bar(figure="growth", at_most=5, unit="MB"),
    ),
)


def measured(difference: float = 0.0) -> Measurement:
    measurement = Measurement(WORKLOAD, difference=difference)
    for tfimp, eager, other in [(1.0, 9.0, 0.5), (2.0, 14.0, 4.0), (4.0, 40.0, 4.0)]:
        measurement.add(Lane("w", "tfimp"), {"warm": tfimp})
        measurement.add(Lane("w", "eager"), {"warm": eager})
        measurement.add(Lane("other", "tfimp"), {"warm": other})
    measurement.add(Lane("w", "tfimp"), {"growth": 5.5})
    return measurement


def test_spread_is_median_and_quartiles():
    assert Spread.of([4.0, 1.0, 2.0, 3.0, 5.0]) == Spread(3.0, 2.0, 4.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)


def test_ratios_are_of_the_same_rounds():
    assert ratios([1.0, 8.0], [2.0, 4.0]) == [0.5, 2.0]


@pytest.mark.parametrize(("one", "other", "difference"), [
    ([[1.0, 2.0]], [[1.0, 2.0]], 0.0),
    ([[1.0, 2.0]], [[1.0, 2.5]], 0.2),
    ([[0.0]], [[0.0]], 0.0),
    ([[0.0]], [[1e-30]], 1.0),
    ([[math.nan, math.inf]], [[math.nan, math.inf]], 0.0),
    ([[1.0]], [[math.nan]], math.inf),
    ([[math.inf]], [[-math.inf]], math.inf),
    ([[1.0]], [[1.0, 1.0]], math.inf),
    ([[1.0]], [[1.0], [1.0]], math.inf),
    ([], [], 0.0),
])
def test_differences_are_relative_to_each_vector(one, other, difference):
    assert largest_difference(one, other) == pytest.approx(difference)
    assert largest_difference(other, one) == pytest.approx(difference)


def test_a_bar_is_held_against_paired_ratios():
    faster, guest, growth = verdicts(measured())  # the mode `session` was not run
    assert (faster.measured.median, faster.met) == (9.0, True)
    assert (guest.measured.median, guest.met) == (1.0, True)
    assert (growth.measured.median, growth.met) == (5.5, False)


def test_no_bar_counts_where_results_differ():
    assert not list(verdicts(measured(difference=1e-4)))


def test_results_are_compared_within_a_workload_only():
    measurement = Measurement(WORKLOAD)
    tfimp, eager, guest = Lane("w", "tfimp"), Lane("w", "eager"), Lane("other", "tfimp")
    measurement.compare({tfimp: [[1.0]], eager: [[1.0]], guest: [[2.0]]})
    assert measurement.equal
    measurement.compare({tfimp: [[1.0]], eager: [[1.1]]})
    assert not measurement.equal


@pytest.mark.parametrize(("seconds", "text"), [
    (12.0, "12 s"), (0.25, "250 ms"), (1.5e-3, "1.5 ms"), (9e-7, "900 ns"), (3.21e-5, "32.1 µs"),
])
def test_durations_have_the_unit_that_suits_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("name", workloads.NAMES)
def test_workloads_are_well_formed(name):
    workload = workloads.find(name)
    assert "tfimp" in workload.modes and set(workload.modes) <= set(MODES)
    for bar in workload.bars:
        other = bar.other_lane(name)
        assert other is None or other.mode in workloads.find(other.workload).modes
        assert (bar.at_most is None) != (bar.times_as_fast is None)
