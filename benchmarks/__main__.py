"""`python -m benchmarks`: runs the workloads and shows what they took."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks import machine, report, workloads
from benchmarks.definitions import LIBRARIES, MODES, Workload
from benchmarks.measure import QUICK, Effort, Measurement, measure
from benchmarks.process import LaneFailed
from benchmarks.verdict import as_json

WIDTH: Final = 110  # of tables that go to a file


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
    parser.add_argument("--rounds", type=int, help="timed rounds in each process")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures to a file")
    return parser.parse_args(arguments)


def effort_of(options: argparse.Namespace) -> Effort:
    """How much is to be spent on each workload."""
    effort = QUICK if options.quick else Effort()
    if options.processes:
        effort = dataclasses.replace(
            effort, processes=options.processes, once_processes=options.processes
        )
    if options.rounds:
        effort = dataclasses.replace(effort, rounds=options.rounds)
    return effort


def runnable_modes(workload: Workload, wanted: list[str]) -> list[str]:
    """The wanted modes of a workload whose library is installed."""
    return [
        mode for mode in MODES
        if mode in wanted and mode in workload.modes
        and importlib.util.find_spec(LIBRARIES.get(mode, "tensorflow"))
    ]


def main() -> int:
    """Returns the exit status: 1 if a lane failed or modes disagree, whatever the times."""
    options = parse(sys.argv[1:])
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    chosen = [workloads.find(name) for name in options.only or workloads.NAMES]
    if not options.only:
        chosen = [workload for workload in chosen if workload.by_default]
    began, before = time.time(), machine.describe()
    measurements: list[Measurement] = []
    failures: list[str] = []
    for workload in chosen:
        modes = runnable_modes(workload, options.modes)
        if not modes:
            continue
        try:
            with console.status(workload.name) as status:
                measurement = measure(workload, modes, effort_of(options), status.update)
        except LaneFailed as failure:
            failures.append(str(failure))
            console.print(f"[bold red]{workload.name} failed[/]")
            console.print(str(failure), markup=False, highlight=False)
            continue
        measurements.append(measurement)
        report.show_workload(console, measurement)
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
    return 1 if failures or not all(m.equal for m in measurements) else 0


if __name__ == "__main__":
    sys.exit(main())
