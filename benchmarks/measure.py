"""Runs a workload's lanes side by side and gathers their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.definitions import REFERENCE, Kind, Lane, Workload
from benchmarks.figures import largest_difference
from benchmarks.process import Process

COLD_ITERATIONS: Final = 10
GROWTH_CHUNK: Final = 1000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is spent on a workload.

    Attributes:
        processes: how many fresh processes a lane gets, one after the other.
        once_processes: the same for workloads that a process runs once.
        rounds: how many rounds each process is timed for.
        round_seconds: how long a lane's round is meant to take.
        warm_seconds: how long a lane is warmed up at least.
        checked_iterations: how many warm iterations have their results compared.
        growth_iterations: how long a run is whose memory is watched.
        guests: whether lanes of other workloads run alongside, for their times.
    """

    processes: int = 3
    once_processes: int = 9
    rounds: int = 9
    round_seconds: float = 0.15
    warm_seconds: float = 0.5
    checked_iterations: int = 50
    growth_iterations: int = 100_000
    guests: bool = True


QUICK: Final = Effort(
    processes=1, once_processes=1, rounds=2, round_seconds=0.02, warm_seconds=0.05,
    checked_iterations=20, growth_iterations=11 * GROWTH_CHUNK, guests=False,
)


@dataclass
class Measurement:
    """What was found out about a workload.

    Attributes:
        figures: for each lane its figures by name, each a list with one element a process or
            round; elements at the same place in two lanes' lists were taken next to each other.
        difference: how far results differ from the reference, relatively, at most.
        unsettled: lanes that still compiled when they were timed.
    """

    workload: Workload
    figures: dict[Lane, dict[str, list[Any]]] = field(default_factory=dict)
    difference: float = 0.0
    unsettled: list[Lane] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the modes agree, without which no time counts."""
        return self.difference <= self.workload.tolerance

    def add(self, lane: Lane, figures: dict[str, Any]) -> None:
        """Appends a process's or a round's figures."""
        lists = self.figures.setdefault(lane, {})
        for name, value in figures.items():
            lists.setdefault(name, []).append(value)

    def compare(self, results: dict[Lane, Any]) -> None:
        """Notes how far the lanes' results differ; guests compute something else."""
        own = [lane for lane in results if lane.workload == self.workload.name]
        reference = Lane(self.workload.name, REFERENCE)
        if reference not in own:
            reference = own[0]
        for lane in own:
            difference = largest_difference(results[reference], results[lane])
            self.difference = max(self.difference, difference)


def measure(workload: Workload, modes: Iterable[str], effort: Effort, say: Say) -> Measurement:
    """Runs a workload in some of its modes.

    Raises:
        LaneFailed: a lane raised an error or died.
    """
    lanes = [Lane(workload.name, mode) for mode in modes]
    measurement = Measurement(workload)
    if workload.kind is Kind.GROWTH:
        _measure_growth(measurement, lanes, effort, say)
    elif workload.kind is Kind.ONCE:
        _measure_once(measurement, lanes, effort, say)
    else:
        if effort.guests:
            lanes += [lane for lane in workload.guests() if lane not in lanes]
        for number in range(effort.processes):
            say(f"{workload.name}: processes {number + 1} of {effort.processes}")
            _measure_repeated(measurement, lanes, effort, backwards=number % 2 == 1)
            if not measurement.equal:
                break
    return measurement


def _measure_repeated(
    measurement: Measurement, lanes: list[Lane], effort: Effort, backwards: bool
) -> None:
    with ExitStack() as stack:
        running = {lane: stack.enter_context(Process(lane)) for lane in lanes}
        for process in running.values():
            process.send("import_library")
        for lane, process in running.items():
            measurement.add(lane, process.receive())
        # From here on one process at a time does something.
        results = {}
        for lane in _in_order(lanes, backwards):
            measurement.add(lane, running[lane].ask("load"))
            cold = running[lane].ask("start", iterations=COLD_ITERATIONS)
            results[lane] = cold.pop("results")
            measurement.add(lane, cold)
        measurement.compare(results)
        iterations = {}
        for lane, process in running.items():
            warm = process.ask("warm_up", seconds=effort.warm_seconds)
            iterations[lane] = max(2, round(effort.round_seconds / warm["iteration"]))
            if not warm["settled"]:
                measurement.unsettled.append(lane)
            results[lane] = process.ask("check", iterations=effort.checked_iterations)["results"]
        measurement.compare(results)
        if not measurement.equal:
            return
        for number in range(effort.rounds):
            for lane in _in_order(lanes, backwards ^ (number % 2 == 1)):
                answer = running[lane].ask("round", iterations=iterations[lane])
                measurement.add(lane, answer)
        for lane, process in running.items():
            measurement.add(lane, process.ask("status"))


def _in_order(lanes: list[Lane], backwards: bool) -> list[Lane]:
    # Both orders in turn, so that a machine that slows down favours nobody.
    return lanes[::-1] if backwards else lanes


def _measure_once(measurement: Measurement, lanes: list[Lane], effort: Effort, say: Say) -> None:
    name = measurement.workload.name
    for number in range(effort.once_processes):
        say(f"{name}: processes {number + 1} of {effort.once_processes}")
        results = {}
        for lane in _in_order(lanes, number % 2 == 1):
            with Process(lane) as process:
                measurement.add(lane, process.ask("import_library"))
                loaded = process.ask("load")
                cold = process.ask("start", iterations=1)
                results[lane] = cold.pop("results")
                # A script's own time is that of its rewriting and that of its run.
                once = {"once": loaded["load"] + cold["first"]}
                measurement.add(lane, loaded | cold | once | process.ask("status"))
        measurement.compare(results)
        if not measurement.equal:
            return


def _measure_growth(measurement: Measurement, lanes: list[Lane], effort: Effort, say: Say) -> None:
    for lane in lanes:
        say(f"{lane}: {effort.growth_iterations} steps")
        with Process(lane) as process:
            process.ask("import_library")
            process.ask("load")
            measurement.add(
                lane, process.ask("grow", total=effort.growth_iterations, chunk=GROWTH_CHUNK)
            )
            measurement.add(lane, process.ask("status"))
