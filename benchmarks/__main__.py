"""`python -m benchmarks`: runs the workloads and shows what they took."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import machine, report, workloads
from benchmarks.definitions import LIBRARIES, MODES, Workload
from benchmarks.measure import QUICK, Effort, Measurement, measure
from benchmarks.plot import plot
from benchmarks.process import FreshProcesses, LaneFailed, Processes, SharedProcesses
from benchmarks.verdict import as_json, from_json

WIDTH: Final = 120  # of tables that go to a file


def parse(arguments: list[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=workloads.NAMES, metavar="WORKLOAD",
                        help=f"run these workloads, of: {', '.join(workloads.NAMES)}")
    parser.add_argument("--modes", nargs="+", choices=MODES, metavar="MODE", default=list(MODES),
                        help=f"run these modes, of: {', '.join(MODES)}")
    parser.add_argument("--quick", action="store_true",
                        help="take under three minutes: for equal results, not for times")
    parser.add_argument("--processes", type=int, help="fresh processes for each lane")
    parser.add_argument("--cold-processes", type=int, metavar="PROCESSES",
                        help="fresh processes for each cold figure")
    parser.add_argument("--rounds", type=int, help="timed rounds in each process")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures to a file")
    parser.add_argument("--load", type=Path, nargs="+", metavar="PATH", default=[],
                        help="run nothing, show what earlier runs have written with --json")
    parser.add_argument("--plot", type=Path, metavar="PATH",
                        help="draw a bar chart, as PATH.svg and PATH.png")
    options = parser.parse_args(arguments)
    if options.plot and not importlib.util.find_spec("matplotlib"):
        parser.error("--plot needs matplotlib: pip install 'tfimp[bench]'")
    return options


def effort_of(options: argparse.Namespace) -> Effort:
    """How much is to be spent on each workload."""
    effort = QUICK if options.quick else Effort()
    if options.processes:
        effort = dataclasses.replace(effort, processes=options.processes)
    if options.cold_processes:
        effort = dataclasses.replace(effort, cold_processes=options.cold_processes)
    if options.rounds:
        effort = dataclasses.replace(effort, rounds=options.rounds, fewest_rounds=options.rounds)
    return effort


def runnable_modes(workload: Workload, wanted: list[str]) -> list[str]:
    """The wanted modes of a workload whose library is installed."""
    return [
        mode for mode in MODES
        if mode in wanted and mode in workload.modes
        and importlib.util.find_spec(LIBRARIES.get(mode, "tensorflow"))
    ]


def run(
    console: Console, options: argparse.Namespace, failures: list[str]
) -> Iterator[Measurement]:
    """Measures the chosen workloads and shows each; what failed is noted and shown."""
    chosen = [workloads.find(name) for name in options.only or workloads.NAMES]
    if not options.only:
        chosen = [workload for workload in chosen if workload.by_default]
    with ExitStack() as stack:
        processes: Processes = SharedProcesses(stack) if options.quick else FreshProcesses()
        progress = stack.enter_context(Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console, transient=True, redirect_stdout=False,
        ))
        task = progress.add_task("", total=len(chosen))
        for workload in chosen:

            def say(what: str, name: str = workload.name) -> None:
                progress.update(task, description=f"{name}: {what}")

            modes = runnable_modes(workload, options.modes)
            if modes:
                try:
                    measurement = measure(workload, modes, effort_of(options), processes, say)
                except LaneFailed as failure:
                    failures.append(str(failure))
                    console.print(f"[bold red]{workload.name} failed[/]")
                    console.print(str(failure), markup=False, highlight=False)
                else:
                    report.show_workload(console, measurement)
                    yield measurement
            progress.advance(task)


def load(console: Console, paths: list[Path]) -> Iterator[Measurement]:
    """Shows what was measured earlier, in the usual order; later files replace earlier ones."""
    known: dict[str, Any] = {}
    for path in paths:
        known |= json.loads(path.read_text(encoding="utf-8"))["workloads"]
    for name in workloads.NAMES:
        if name in known:
            measurement = from_json(name, known[name])
            report.show_workload(console, measurement)
            yield measurement


def main() -> int:
    """Returns the exit status: 1 if a lane failed or modes disagree, whatever the times."""
    options = parse(sys.argv[1:])
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    began, before = time.time(), machine.describe()
    failures: list[str] = []
    found = load(console, options.load) if options.load else run(console, options, failures)
    measurements = list(found)
    report.show_bars(console, measurements)
    if options.json:
        record: dict[str, Any] = {
            "machine": before,
            "load_average_after": machine.describe()["load_average"],
            "seconds": time.time() - began,
            "quick": options.quick,
            "effort": dataclasses.asdict(effort_of(options)),
            "failures": failures,
            "workloads": {m.workload.name: as_json(m) for m in measurements},
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        for file in plot(measurements, options.plot):
            console.print(f"written: {file}", highlight=False)
    return 1 if failures or not all(m.equal for m in measurements) else 0


if __name__ == "__main__":
    sys.exit(main())
