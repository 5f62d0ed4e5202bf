"""The arithmetic of the benchmarks."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from benchmarks import workloads
from benchmarks.definitions import MODES, Bar, Lane, Workload
from benchmarks.figures import Spread, largest_difference, ratios, standard_distance
from benchmarks.measure import FARTHEST, Measurement
from benchmarks.report import duration
from benchmarks.verdict import GROUPS_ALONE, as_json, from_json, verdicts
from benchmarks.worker import late_plans, vectors

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
    # The mode `session` was not run.  The last of the bars is that of every workload.
    faster, guest, growth, slower = verdicts(measured())
    assert slower.group == "TF2 eager, any time later" and slower.met
    assert slower.measured.median == pytest.approx(1 / 9)
    assert (faster.measured.median, faster.met) == (9.0, True)
    assert (guest.measured.median, guest.met) == (1.0, True)
    assert (growth.measured.median, growth.met) == (5.5, False)


def test_a_bar_that_stands_alone_says_what_it_is_about():
    assert Bar(figure="late_plans", at_most=0).demand() == "late plans ≤ 0"
    assert Bar(at_most=1.0, unit="µs", scale=1e6).demand() == "warm ≤ 1 µs"
    assert Bar(against="eager", at_most=1.2).demand() == "≤ 1.2"


def test_no_bar_counts_where_results_differ():
    assert not list(verdicts(measured(difference=2e-4)))


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


def test_statistics_of_samples_are_compared_in_standard_errors():
    chance = np.random.default_rng(1)
    one, other = chance.standard_normal((2, 400, 3))
    assert standard_distance(one.tolist(), other.tolist()) < FARTHEST
    # Another mean, and another spread, of one component.
    assert standard_distance(one.tolist(), (other + np.array([0.0, 0.7, 0.0])).tolist()) > FARTHEST
    assert standard_distance(one.tolist(), (other * np.array([1.0, 1.0, 2.0])).tolist()) > FARTHEST
    assert standard_distance([], []) == math.inf
    assert standard_distance([[1.0]] * 9, [[1.0]] * 9) == 0.0


def test_standard_errors_allow_for_samples_that_hang_together():
    chance = np.random.default_rng(2)
    one, other = np.repeat(chance.standard_normal((2, 20, 1)), 20, axis=1).reshape(2, 400, 1)
    naive = abs(one.mean() - other.mean()) / math.hypot(one.std(), other.std()) * 400**0.5
    assert naive > 2 * standard_distance(one.tolist(), other.tolist())


def test_modes_with_other_random_numbers_are_compared_by_statistics_alone():
    workload = Workload(name="w", stresses="", modes={}, statistics=("function",))
    eager, function = Lane("w", "eager"), Lane("w", "function")
    samples, others = np.random.default_rng(3).standard_normal((2, 100, 1)).tolist()
    measurement = Measurement(workload)
    measurement.compare({eager: samples, function: [[9.0]] * 100})  # too few to say anything
    measurement.compare({eager: samples, function: others}, samples=True)
    assert measurement.equal and measurement.distance > 0.0
    measurement.compare({eager: samples, function: [[9.0]] * 100}, samples=True)
    assert not measurement.equal


def test_plans_of_the_last_half_of_a_run_are_late():
    assert late_plans([(0, 0), (10, 4), (40, 5), (80, 5)]) == 0
    assert late_plans([(0, 0), (10, 4), (40, 5), (50, 6), (80, 7)]) == 2
    # What may be late counts as late.
    assert late_plans([(0, 0), (30, 4), (80, 5)]) == 1


def test_results_of_all_kinds_become_vectors():
    assert vectors([1.5, np.float32(2.0), [3, [np.array([[4, 5]]), True]], 1 + 2j]) == [
        [1.5], [2.0], [3.0], [4.0, 5.0], [1.0], [1.0, 2.0],
    ]


def test_what_is_written_can_be_loaded_again():
    measurement = Measurement(workloads.find("mlp_small"), difference=3e-6)
    measurement.add(Lane("mlp_small", "tfimp"), {"warm": 2.0})
    measurement.add(Lane("mlp_small", "eager"), {"warm": 30.0})
    measurement.unsettled.append(Lane("mlp_small", "tfimp"))
    assert from_json("mlp_small", json.loads(json.dumps(as_json(measurement)))) == measurement


@pytest.mark.parametrize("name", workloads.NAMES)
def test_workloads_are_well_formed(name):
    workload = workloads.find(name)
    assert "tfimp" in workload.modes and set(workload.modes) <= set(MODES)
    for bar in workload.all_bars():
        other = bar.other_lane(name)
        assert other or bar.figure in GROUPS_ALONE
        assert other is None or other.mode in workloads.find(other.workload).modes
        assert (bar.at_most is None) != (bar.times_as_fast is None)
