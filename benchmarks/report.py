"""The tables on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.definitions import MODES, Kind, Lane
from benchmarks.figures import Spread, ratios
from benchmarks.measure import FARTHEST, Measurement
from benchmarks.verdict import Verdict, main_figure, verdicts


def show_workload(console: Console, measurement: Measurement) -> None:
    """What each lane of a workload took."""
    workload = measurement.workload
    if not measurement.equal:
        console.print(
            f"[bold red]{workload.name}: the modes disagree[/], by {measurement.difference:.2g}"
            f" relatively (at most {workload.tolerance:g}) and by {measurement.distance:.2g}"
            f" standard errors (at most {FARTHEST:g}); its times do not count"
        )
        return
    if workload.kind is Kind.GROWTH:
        _show_growth(console, measurement)
        return
    console.print(f"[bold]{workload.name}[/]: {workload.stresses}")
    table = Table()
    table.add_column("mode", no_wrap=True)
    heads = ["loading", "running"]
    if workload.kind is Kind.REPEATED:
        heads = ["first", "first 10", f"first {workload.early}"]
    heads += [f"per {workload.unit}", "quartiles", "to tfimp", "peak MB", "plans", "late"]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for lane, figures in measurement.figures.items():
        table.add_row(_name(lane, workload.name), *_cells(measurement, lane, figures))
    console.print(table)
    for lane in measurement.unsettled:
        console.print(f"[yellow]{lane} still compiled when it was timed[/]")


def _name(lane: Lane, workload: str) -> str:
    mode = MODES[lane.mode]
    return mode if lane.workload == workload else f"{mode}, {lane.workload}"


def _cells(measurement: Measurement, lane: Lane, figures: dict[str, list[Any]]) -> list[str]:
    once = measurement.workload.kind is Kind.ONCE
    cold = ["load", "first"] if once else ["first", "first_ten", "early"]
    cells = [duration(Spread.of(figures[name]).median) for name in cold]
    main = main_figure(measurement)
    spread = Spread.of(figures[main])
    cells += [duration(spread.median), f"{duration(spread.lower)} – {duration(spread.upper)}"]
    tfimp = measurement.figures.get(Lane(measurement.workload.name, "tfimp"))
    cells.append(f"{Spread.of(ratios(figures[main], tfimp[main])).median:.2f}" if tfimp else "")
    cells.append(f"{max(figures['peak_megabytes']):.0f}")
    for name in ("plans_compiled", "late_plans"):
        cells.append(f"{max(figures[name])}" if name in figures else "")
    return cells


def _show_growth(console: Console, measurement: Measurement) -> None:
    for lane, figures in measurement.figures.items():
        console.print(f"[bold]{lane}[/]: {measurement.workload.stresses}")
        table = Table()
        megabytes, seconds = figures["megabytes"][0], figures["step_seconds"][0]
        table.add_column("after")
        table.add_column("MB", justify="right")
        table.add_column("per step", justify="right")
        table.add_row("1000 steps", f"{megabytes[0]:.1f}", "")
        for tenth, (size, step) in enumerate(zip(megabytes[1:], seconds, strict=True)):
            table.add_row(f"{tenth + 1} tenths", f"{size:.1f}", duration(step))
        console.print(table)


def show_bars(console: Console, measurements: list[Measurement]) -> None:
    """All bars beside what was measured, those that belong together in one block."""
    groups: dict[str, list[Verdict]] = {}
    for measurement in measurements:
        for verdict in verdicts(measurement):
            groups.setdefault(verdict.group, []).append(verdict)
    if not groups:
        return
    table = Table()
    for head in ("against", "workload", "bar"):
        table.add_column(head, no_wrap=True)
    for head in ("measured", "quartiles", "met"):
        table.add_column(head, justify="right")
    for group, found in groups.items():
        for number, verdict in enumerate(found):
            table.add_row("" if number else f"[bold]{group}[/]", *_bar_cells(verdict))
        table.add_section()
    console.print("[bold]What tfimp has to reach[/]")
    console.print(table)
    everything = [verdict for found in groups.values() for verdict in found]
    console.print(f"{sum(verdict.met for verdict in everything)} of {len(everything)} bars are met")


def _bar_cells(verdict: Verdict) -> list[str]:
    spread = verdict.measured
    return [
        verdict.workload,
        verdict.bar.demand(),
        f"{spread.median:.2f}",
        f"{spread.lower:.2f} – {spread.upper:.2f}",
        "[green]yes[/]" if verdict.met else "[red]no[/]",
    ]


def duration(seconds: float) -> str:
    """A time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            value = seconds / size
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return f"{seconds * 1e9:.0f} ns"
