"""Which bars a measurement reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks import workloads
from benchmarks.definitions import MODES, Bar, Kind, Lane
from benchmarks.figures import Spread, ratios
from benchmarks.measure import Measurement

# What bars are about that stand alone, and when those against eager mode that are about slowness.
GROUPS_ALONE: Final = {
    "warm": "recording",
    "plans_compiled": "compiles",
    "late_plans": "compiles",
    "growth": "growth",
    "slowdown": "growth",
    "new_plans_held": "growth",
    "new_trace_nodes": "growth",
}
WHEN: Final = {
    "first_ten": "first 10 iterations",
    "early": "beginning of a run",
    "warm": "any time later",
    "once": "a script run once",
}


@dataclass(frozen=True)
class Verdict:
    """A bar, and what was measured in the same terms."""

    workload: str
    bar: Bar
    against: Lane | None
    measured: Spread

    @property
    def group(self) -> str:
        """What bars it is shown with: those against the same, about the same."""
        if self.against is None:
            return GROUPS_ALONE[self.bar.figure]
        if self.against.workload != self.workload:
            return f"{MODES[self.against.mode]}, another workload"
        group = MODES[self.against.mode]
        if self.bar.times_as_fast is None and self.against.mode == "eager":
            group = f"{group}, {WHEN[self.bar.figure]}"
        return group

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
    for bar in measurement.workload.all_bars():
        against = bar.other_lane(name)
        values = own.get(bar.figure)
        if values and against is None:
            yield Verdict(name, bar, None, Spread.of([value * bar.scale for value in values]))
            continue
        others = measurement.figures.get(against, {}).get(bar.figure) if against else None
        if values and others:
            slower = bar.times_as_fast is not None
            pairs = ratios(others, values) if slower else ratios(values, others)
            yield Verdict(name, bar, against, Spread.of(pairs))


def as_json(measurement: Measurement) -> dict[str, Any]:
    """All that is known of a workload, for the file."""
    return {
        "stresses": measurement.workload.stresses,
        "unit": measurement.workload.unit,
        "equal": measurement.equal,
        "largest_difference": measurement.difference,
        "standard_distance": measurement.distance,
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
                "group": verdict.group,
                "figure": verdict.bar.figure,
                "against": verdict.against and str(verdict.against),
                "bar": verdict.bar.demand(),
                "measured": asdict(verdict.measured),
                "met": verdict.met,
            }
            for verdict in verdicts(measurement)
        ],
    }


def from_json(name: str, known: dict[str, Any]) -> Measurement:
    """What `as_json` was made of."""
    measurement = Measurement(
        workloads.find(name), difference=known["largest_difference"],
        distance=known["standard_distance"],
        unsettled=[_lane(text) for text in known["unsettled"]],
    )
    for text, lane in known["lanes"].items():
        measurement.figures[_lane(text)] = lane["figures"]
    return measurement


def _lane(text: str) -> Lane:
    workload, _, mode = text.partition("/")
    return Lane(workload, mode)


def main_figure(measurement: Measurement) -> str:
    """The name of the figure that a workload is about."""
    return "once" if measurement.workload.kind is Kind.ONCE else "warm"
