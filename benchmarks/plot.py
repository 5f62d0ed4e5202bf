"""The bar chart: how fast each mode is, in units of TF2 eager."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from benchmarks.definitions import MODES, REFERENCE, Kind, Lane
from benchmarks.figures import Spread, ratios
from benchmarks.measure import Measurement

FORMATS: Final = (".svg", ".png")

# The same mode has the same colour in every chart, whichever modes are shown.
COLOURS: Final = dict(zip(MODES, (
    "#0b6e4f", "#9aa0a6", "#4c78a8", "#72b7b2", "#b6d7d4", "#e45756", "#f2a65a",
), strict=True))


def speeds(measurement: Measurement) -> dict[str, Spread]:
    """How many times as fast as TF2 eager each mode is, warm; nothing if that was not run."""
    name = measurement.workload.name
    reference = measurement.figures.get(Lane(name, REFERENCE))
    if measurement.workload.kind is not Kind.REPEATED or not measurement.equal or not reference:
        return {}
    return {
        lane.mode: Spread.of(ratios(reference["warm"], figures["warm"]))
        for lane, figures in measurement.figures.items() if lane.workload == name
    }


def plot(measurements: list[Measurement], path: Path) -> list[Path]:
    """Draws the chart.

    Args:
        path: where to; the ending is replaced by those of the formats.

    Returns:
        The files written.
    """
    from matplotlib.figure import Figure

    shown = [(m.workload.name, found) for m in measurements if (found := speeds(m))]
    # TF2 eager is the line from which the bars of the others go to the right or to the left.
    modes = [mode for mode in MODES
             if mode != REFERENCE and any(mode in found for _, found in shown)]
    thickness = 0.8 / max(1, len(modes))
    figure = Figure(figsize=(9.0, 1.0 + 0.16 * (1 + len(modes)) * max(1, len(shown))),
                    layout="constrained")
    axes = figure.subplots()
    for number, mode in enumerate(modes):
        _draw(axes, mode, [
            (row + (number - (len(modes) - 1) / 2) * thickness, found[mode])
            for row, (_, found) in enumerate(shown) if mode in found
        ], thickness)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.axvline(1.0, color="black", linewidth=0.8, label=MODES[REFERENCE])
    axes.set_yticks(range(len(shown)), [name for name, _ in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.grid(axis="x", which="major", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("times as fast as TF2 eager, warm (median of paired rounds, quartiles)")
    figure.legend(loc="outside upper center", ncols=len(modes) + 1, frameon=False)
    return _save(figure, path)


def _save(figure: Any, path: Path) -> list[Path]:
    import matplotlib

    written = [path.with_suffix(suffix) for suffix in FORMATS]
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in written:
        # Neither a date nor random names inside, so that the same figures make the same file.
        metadata = {"Date": None} if file.suffix == ".svg" else None
        with matplotlib.rc_context({"svg.hashsalt": path.stem}):
            figure.savefig(file, dpi=120, metadata=metadata)
    return written


def _draw(axes: Any, mode: str, bars: list[tuple[float, Spread]], thickness: float) -> None:
    axes.barh(
        [place for place, _ in bars],
        [spread.median - 1.0 for _, spread in bars],
        thickness,
        left=1.0,
        color=COLOURS[mode],
        label=MODES[mode],
        xerr=[
            [spread.median - spread.lower for _, spread in bars],
            [spread.upper - spread.median for _, spread in bars],
        ],
        error_kw={"elinewidth": 0.7, "ecolor": "#333333"},
    )
