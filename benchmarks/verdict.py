"""Which bars a measurement reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.definitions import Bar, Kind, Lane
from benchmarks.figures import Spread, ratios
from benchmarks.measure import Measurement


@dataclass(frozen=True)
class Verdict:
    """A bar, and what was measured in the same terms."""

    bar: Bar
    against: Lane | None
    measured: Spread

    @property
    def met(self) -> bool:
        """Whether the median is on the right side of the bar."""
        if self.bar.times_as_fast is not None:
            return self.measured.median >= self.bar.times_as_fast
        return self.bar.at_most is not None and self.measured.median <= self.bar.at_most


def verdicts(measurement: Measurement) -> Iterator[Verdict]:
    """The verdicts on those bars whose lanes were run; none if the modes disagree."""
    if not measurement.equal:
        return
    name = measurement.workload.name
    own = measurement.figures.get(Lane(name, "tfimp"), {})
    for bar in measurement.workload.bars:
        against = bar.other_lane(name)
        values = own.get(bar.figure)
        if values and against is None:
            yield Verdict(bar, None, Spread.of(values))
            continue
        others = measurement.figures.get(against, {}).get(bar.figure) if against else None
        if values and others:
            slower = bar.times_as_fast is not None
            pairs = ratios(others, values) if slower else ratios(values, others)
            yield Verdict(bar, against, Spread.of(pairs))


def as_json(measurement: Measurement) -> dict[str, Any]:
    """All that is known of a workload, for the file."""
    return {
        "stresses": measurement.workload.stresses,
        "unit": measurement.workload.unit,
        "equal": measurement.equal,
        "largest_difference": measurement.difference,
        "unsettled": [str(lane) for lane in measurement.unsettled],
        "lanes": {
            str(lane): {
                "figures": figures,
                "spreads": {name: asdict(Spread.of(values)) for name, values in figures.items()
                            if isinstance(values[0], int | float)},
            }
            for lane, figures in measurement.figures.items()
        },
        "bars": [
            {
                "figure": verdict.bar.figure,
                "against": verdict.against and str(verdict.against),
                "bar": verdict.bar.demand(),
                "measured": asdict(verdict.measured),
                "met": verdict.met,
            }
            for verdict in verdicts(measurement)
        ],
    }


def main_figure(measurement: Measurement) -> str:
    """The name of the figure that a workload is about."""
    return "once" if measurement.workload.kind is Kind.ONCE else "warm"
