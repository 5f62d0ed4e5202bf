"""`python -m benchmarks.importing`: what the import hook costs.

Three figures, each with a bar: `import tfimp` in a fresh process, the look at an unmarked module,
and the import of a marked module whose code is cached, as against a plain one.  What is compared
is measured in turns, so that both meet the machine in the same state, and in processor time, as
other programs would disturb times of this size.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import inspect
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Spread, ratios
from benchmarks.report import duration

WIDTH: Final = 110  # of a table that goes to a file
ROOT: Final = Path(__file__).parents[1]

# Says how long a statement took in a process that had imported nothing for it.
TIMED: Final = """\
import sys, time
begin = time.perf_counter()
{statement}
print(time.perf_counter() - begin, "tensorflow" in sys.modules)
"""

# What is imported marked and unmarked: modules of Python's library of 200 to 600 lines.
SAMPLES: Final = ("csv", "graphlib", "queue", "shlex", "textwrap")


@dataclass(frozen=True)
class Figure:
    """Something measured, and what it has to stay below: seconds, or a ratio."""

    name: str
    spread: Spread
    bar: float | None = None
    is_ratio: bool = False

    def show(self, value: float) -> str:
        return f"{value:.2f}" if self.is_ratio else duration(value)


def fresh(statement: str, **environment: str) -> float:
    """How long a statement takes in a fresh process.

    Raises:
        RuntimeError: it fails, or imports TensorFlow.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = subprocess.run(
        [sys.executable, "-c", TIMED.format(statement=statement)],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "", **environment},
        capture_output=True, text=True,
    )  # fmt: skip
    if ended.returncode or "True" in ended.stdout:
        raise RuntimeError(f"{statement}: {ended.stdout}{ended.stderr}")
    return float(ended.stdout.split()[0])


def importing_tfimp(processes: int) -> list[Figure]:
    """`import tfimp`, which leaves TensorFlow to the first that asks for it."""
    fresh("import tfimp")  # writes the bytecode
    seconds = [fresh("import tfimp") for _ in range(processes)]
    return [Figure("import tfimp", Spread.of(seconds), bar=60e-3)]


def looking(rounds: int) -> list[Figure]:
    """The finder's look at unmarked modules of a project and of a library."""
    from tfimp.transform import importer

    figures = []
    library = importlib.import_module("textwrap").__file__
    assert library is not None
    text = Path(library).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "unmarked.py"
        own.write_bytes(text)
        for whose, path in (("of a library", library), ("of a project", str(own))):
            name = f"look at an unmarked module {whose}, {text.count(bytes([10]))} lines"
            loader = SourceFileLoader("unmarked", path)
            spec = ModuleSpec("unmarked", loader)
            exchange: Callable[..., Any] = importer._finder._exchange
            seconds = []
            for _ in range(rounds):
                begin = time.perf_counter()
                found = exchange(loader, spec)
                seconds.append(time.perf_counter() - begin)
                assert found is loader
            figures.append(Figure(name, Spread.of(seconds), bar=30e-6))
    return figures


def importing_again(rounds: int) -> list[Figure]:
    """Imports of cached modules, marked with the hook and unmarked without it."""
    from tfimp.transform import importer

    importer.install()
    hook, plain = sys.meta_path[:], [f for f in sys.meta_path if f is not importer._finder]
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    with tempfile.TemporaryDirectory() as folder:
        lines = write_samples(Path(folder))
        sys.path.insert(0, folder)
        try:
            first = load(hook, plain)
            load(hook, plain)
            assert all("_tfimp_" in vars(sys.modules[f"marked_{name}"]) for name in SAMPLES)
            assert len(list(Path(folder).rglob("*-tfimp-*.pyc"))) == len(SAMPLES)
            gc.freeze()
            gc.disable()
            pairs = [load(hook, plain) for _ in range(rounds)]
        finally:
            gc.enable()
            gc.unfreeze()
            sys.path.remove(folder)
            sys.dont_write_bytecode = writes_bytecode
    marked, unmarked = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    what = f"{len(SAMPLES)} marked modules of {lines} lines"
    return [
        Figure(f"first import of {what}", Spread.of(first[:1])),
        Figure("first import of the same unmarked", Spread.of(first[1:])),
        Figure(f"import of {what}, cached", Spread.of(marked)),
        Figure("import of the same unmarked, cached", Spread.of(unmarked)),
        Figure("ratio of the two", Spread.of(ratios(marked, unmarked)), bar=1.2, is_ratio=True),
    ]


def write_samples(folder: Path) -> int:
    """Writes the modules, marked and unmarked, and returns how many lines they have."""
    lines = 0
    for name in SAMPLES:
        source = inspect.getsource(importlib.import_module(name))
        lines += source.count("\n")
        for prefix, comment in (("marked_", "# tfimp: eager"), ("plain_", "# not marked")):
            path = folder / f"{prefix}{name}.py"
            path.write_text(f"{comment}\n{source}")
            os.utime(path, (1.6e9, 1.6e9))  # else it is too new to be cached
    return lines


def load(hook: list[Any], plain: list[Any]) -> tuple[float, float]:
    """Imports all samples, and returns how long that took for the marked and the unmarked."""
    seconds = {"marked_": 0.0, "plain_": 0.0}
    for name in SAMPLES:
        for prefix, finders in (("marked_", hook), ("plain_", plain)):
            sys.modules.pop(prefix + name, None)
            gc.collect()  # of the module that was there, so that its memory can be used again
            sys.meta_path[:] = finders
            begin = time.thread_time()
            importlib.import_module(prefix + name)
            seconds[prefix] += time.thread_time() - begin
    sys.meta_path[:] = hook
    return seconds["marked_"], seconds["plain_"]


def main() -> int:
    """Returns 0, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="timed rounds in this process")
    parser.add_argument("--processes", type=int, default=25, help="fresh processes")
    options = parser.parse_args()
    figures = [
        *importing_tfimp(options.processes),
        *looking(options.rounds),
        *importing_again(options.rounds),
    ]
    table = Table()
    table.add_column("what", no_wrap=True)
    for head in ("measured", "quartiles", "bar", "met"):
        table.add_column(head, justify="right", no_wrap=True)
    for figure in figures:
        spread, bar, met = figure.spread, "", ""
        if figure.bar is not None:
            bar = f"≤ {figure.show(figure.bar)}"
            met = "[green]yes[/]" if spread.median <= figure.bar else "[red]no[/]"
        quartiles = f"{figure.show(spread.lower)} – {figure.show(spread.upper)}"
        table.add_row(figure.name, figure.show(spread.median), quartiles, bar, met)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
