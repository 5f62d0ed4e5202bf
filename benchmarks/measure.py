"""Runs a workload's lanes side by side and gathers their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.definitions import REFERENCE, Kind, Lane, Workload
from benchmarks.figures import largest_difference, standard_distance
from benchmarks.process import Process, Processes

GROWTH_CHUNK: Final = 1000

# How many standard errors apart the means of two samples of the same may be.
FARTHEST: Final = 6.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is spent on a workload.

    Attributes:
        processes: how many fresh processes a lane gets, one after the other.
        cold_processes: how many lanes of cold figures get, which a process can take but once.
        rounds: how many rounds each process is timed for; fewer if they are long.
        fewest_rounds: how many at least.
        rounds_seconds: how long all rounds of a process' lanes together are meant to take.
        round_seconds: how long a lane's round is meant to take.
        warm_seconds: how long a lane is warmed up at least.
        longest_warm_seconds: after how long the warming up is given up.
        cold_iterations: how many iterations count as cold.
        most_checked: the most warm iterations that have their results compared.
        growth_iterations: how long a run is whose memory is watched.
        thorough: whether the beginnings of runs are timed, whole cycles of data are run, and lanes
            of other workloads run alongside; all that is for times only.
    """

    processes: int = 3
    cold_processes: int = 9
    rounds: int = 9
    fewest_rounds: int = 3
    rounds_seconds: float = 30.0
    round_seconds: float = 0.15
    warm_seconds: float = 0.5
    longest_warm_seconds: float = 60.0
    cold_iterations: int = 10
    most_checked: int = 500
    growth_iterations: int = 100_000
    thorough: bool = True


QUICK: Final = Effort(
    processes=1, cold_processes=1, rounds=1, fewest_rounds=1, round_seconds=0.01,
    warm_seconds=0.05, longest_warm_seconds=1.5, cold_iterations=2, most_checked=3,
    growth_iterations=11 * GROWTH_CHUNK, thorough=False,
)


@dataclass
class Measurement:
    """What was found out about a workload.

    Attributes:
        figures: for each lane its figures by name, each a list with one element a process or
            round; elements at the same place in two lanes' lists were taken next to each other.
        difference: how far results differ from the reference, relatively, at most.
        distance: how far statistics differ from the reference's, in standard errors, at most.
        unsettled: lanes that still compiled when they were timed.
    """

    workload: Workload
    figures: dict[Lane, dict[str, list[Any]]] = field(default_factory=dict)
    difference: float = 0.0
    distance: float = 0.0
    unsettled: list[Lane] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the modes agree, without which no time counts."""
        return self.difference <= self.workload.tolerance and self.distance <= FARTHEST

    def add(self, lane: Lane, figures: dict[str, Any]) -> None:
        """Appends a process's or a round's figures."""
        lists = self.figures.setdefault(lane, {})
        for name, value in figures.items():
            lists.setdefault(name, []).append(value)

    def compare(self, results: dict[Lane, Any], samples: bool = False) -> None:
        """Notes how far the lanes' results differ; guests compute something else.

        Args:
            samples: whether there are enough results for their statistics to be compared.
        """
        own = [lane for lane in results if lane.workload == self.workload.name]
        reference = Lane(self.workload.name, REFERENCE)
        if reference not in own:
            reference = own[0]
        for lane in own:
            if lane.mode not in self.workload.statistics:
                difference = largest_difference(results[reference], results[lane])
                self.difference = max(self.difference, difference)
            elif samples:
                distance = standard_distance(results[reference], results[lane])
                self.distance = max(self.distance, distance)


def measure(
    workload: Workload, modes: Iterable[str], effort: Effort, processes: Processes, say: Say
) -> Measurement:
    """Runs a workload in some of its modes.

    Raises:
        LaneFailed: a lane raised an error or died.
    """
    lanes = [Lane(workload.name, mode) for mode in modes]
    measurement = Measurement(workload)
    if workload.kind is Kind.GROWTH:
        _measure_growth(measurement, lanes, effort, processes, say)
    elif workload.kind is Kind.ONCE:
        _measure_once(measurement, lanes, effort, processes, say)
    else:
        if effort.thorough:
            lanes += [lane for lane in workload.guests() if lane not in lanes]
        for number in range(effort.processes):
            say(f"processes {number + 1} of {effort.processes}")
            with processes.running(lanes) as running:
                _measure_repeated(measurement, running, effort, backwards=number % 2 == 1)
            if not measurement.equal:
                return measurement
        cold = [lane for lane in lanes if lane in workload.cold_lanes()]
        for number in range(effort.processes, effort.cold_processes if len(cold) > 1 else 0):
            say(f"cold processes {number + 1} of {effort.cold_processes}")
            with processes.running(cold) as running:
                _measure_cold(measurement, running, effort, backwards=number % 2 == 1)
    return measurement


def _measure_repeated(
    measurement: Measurement, running: dict[Lane, Process], effort: Effort, backwards: bool
) -> None:
    workload, lanes = measurement.workload, list(running)
    results = _measure_cold(measurement, running, effort, backwards)
    iterations = _warm_up(measurement, running, effort)
    checked = min(workload.checked, effort.most_checked)
    for lane, process in running.items():
        results[lane] = process.ask("check", iterations=checked)["results"]
    measurement.compare(results, samples=checked == workload.checked)
    if not measurement.equal:
        return
    seconds = sum(iterations[lane][1] for lane in lanes)
    rounds = min(effort.rounds, max(effort.fewest_rounds, int(effort.rounds_seconds / seconds)))
    for number in range(rounds):
        for lane in _in_order(lanes, backwards ^ (number % 2 == 1)):
            measurement.add(lane, running[lane].ask("round", iterations=iterations[lane][0]))
    for lane, process in running.items():
        measurement.add(lane, process.ask("status"))


def _measure_cold(
    measurement: Measurement, running: dict[Lane, Process], effort: Effort, backwards: bool
) -> dict[Lane, Any]:
    """Runs the first iterations of all lanes; their results."""
    # One process at a time does something.
    results = {}
    early = measurement.workload.early if effort.thorough else 0
    for lane in _in_order(list(running), backwards):
        measurement.add(lane, running[lane].ask("load"))
        cold = running[lane].ask("start", cold=effort.cold_iterations, early=early)
        results[lane] = cold.pop("results")
        measurement.add(lane, cold)
    measurement.compare(results)
    return results


def _warm_up(
    measurement: Measurement, running: dict[Lane, Process], effort: Effort
) -> dict[Lane, tuple[int, float]]:
    """Warms all lanes up; the iterations of their rounds and the seconds these will take."""
    cycle = measurement.workload.cycle if effort.thorough else 1
    planned = {}
    for lane, process in running.items():
        warm = process.ask(
            "warm_up", seconds=effort.warm_seconds, longest=effort.longest_warm_seconds, cycle=cycle
        )
        cycles = max(1, round(effort.round_seconds / warm["iteration"] / cycle))
        planned[lane] = cycles * cycle, cycles * cycle * warm["iteration"]
        if not warm["settled"]:
            measurement.unsettled.append(lane)
    return planned


def _in_order(lanes: list[Lane], backwards: bool) -> list[Lane]:
    # Both orders in turn, so that a machine that slows down favours nobody.
    return lanes[::-1] if backwards else lanes


def _measure_once(
    measurement: Measurement, lanes: list[Lane], effort: Effort, processes: Processes, say: Say
) -> None:
    for number in range(effort.cold_processes):
        say(f"processes {number + 1} of {effort.cold_processes}")
        results = {}
        for lane in _in_order(lanes, number % 2 == 1):
            with processes.running([lane]) as running:
                process = running[lane]
                loaded = process.ask("load")
                cold = process.ask("start", cold=1, early=1)
                results[lane] = cold.pop("results")
                # A script's own time is that of its rewriting and that of its run.
                once = {"once": loaded["load"] + cold["first"]}
                measurement.add(lane, loaded | cold | once | process.ask("status"))
        measurement.compare(results)
        if not measurement.equal:
            return


def _measure_growth(
    measurement: Measurement, lanes: list[Lane], effort: Effort, processes: Processes, say: Say
) -> None:
    for lane in lanes:
        say(f"{lane.mode}: {effort.growth_iterations} steps")
        with processes.running([lane]) as running:
            process = running[lane]
            process.ask("load")
            measurement.add(
                lane, process.ask("grow", total=effort.growth_iterations, chunk=GROWTH_CHUNK)
            )
            measurement.add(lane, process.ask("status"))
