"""The bar chart."""

from __future__ import annotations

import dataclasses

from benchmarks import workloads
from benchmarks.definitions import Kind, Lane
from benchmarks.figures import Spread
from benchmarks.measure import Measurement
from benchmarks.plot import plot, speeds


def measured(name: str = "mlp_small") -> Measurement:
    measurement = Measurement(workloads.find(name))
    for tfimp, eager in [(1.0, 10.0), (2.0, 24.0), (1.0, 15.0)]:
        measurement.add(Lane(name, "tfimp"), {"warm": tfimp})
        measurement.add(Lane(name, "eager"), {"warm": eager})
    measurement.add(Lane("another", "tfimp"), {"warm": 1.0})
    return measurement


def test_speeds_are_those_of_paired_rounds_in_units_of_eager():
    assert speeds(measured()) == {"tfimp": Spread(12.0, 11.0, 13.5), "eager": Spread(1.0, 1.0, 1.0)}


def test_nothing_is_shown_where_modes_disagree_or_eager_was_not_run():
    disagreeing = measured()
    disagreeing.difference = 1.0
    assert speeds(disagreeing) == {}
    alone = measured()
    del alone.figures[Lane("mlp_small", "eager")]
    assert speeds(alone) == {}
    once = dataclasses.replace(measured(), workload=workloads.find("one_shot"))
    assert once.workload.kind is Kind.ONCE and speeds(once) == {}


def test_the_chart_is_written_in_both_formats_and_the_same_each_time(tmp_path):
    written = plot([measured(), measured("newton")], tmp_path / "charts" / "speed.svg")
    assert [file.name for file in written] == ["speed.svg", "speed.png"]
    assert written[1].read_bytes().startswith(b"\x89PNG")
    picture = written[0].read_text()
    assert "<svg" in picture
    plot([measured(), measured("newton")], tmp_path / "charts" / "speed.svg")
    assert written[0].read_text() == picture
