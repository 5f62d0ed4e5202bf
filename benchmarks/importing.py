"""`python -m benchmarks.importing`: what the import hook costs.

Three figures, each with a bar: `import tfimp` in a fresh process, the look at an unmarked module,
and the import of a marked module whose code is cached, as against a plain one.  What is compared
is measured in turns, so that both meet the machine in the same state.
"""

from __future__ import annotations

import argparse
import gc
import importlib
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

# A part of a module as it is met in programs that train a model; it does little when it is run.
PART: Final = '''
class Layer{n}:
    """A layer of a network."""

    def __init__(self, width, depth={n}, name=None):
        self.name = name or f"layer {n} of {{width}}"
        self.weights = [[0.0] * width for _ in range(depth)]

    def forward(self, x, training=False):
        """What the layer makes of its input."""
        if training and self.weights:
            x = x * 0.5
        for row in self.weights:
            total = 0.0
            for weight in row:
                total = total + weight * x
            if total < 0 and not training:
                x = x - total
            else:
                x = x + total / len(row)
        return x


def train{n}(layer, batches, rate=0.1, verbose=False):
    """Train a layer and return the losses."""
    losses = []
    for number, batch in enumerate(batches):
        loss = sum((layer.forward(x, training=True) - y) ** 2 for x, y in batch)
        while loss > 100:
            loss = loss * 0.9
        losses.append(loss)
        if verbose and number % 100 == 0:
            print(f"{{number}}: {{loss:.3f}} with a rate of {{rate}}")
    assert len(losses) == len(batches), "a batch was lost"
    return losses

'''
PARTS: Final = 10


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
    """Imports of a cached module, marked with the hook and unmarked without it."""
    from tfimp.transform import importer

    importer.install()  # the rest of what the first marked module needs
    source = "".join(PART.format(n=n) for n in range(PARTS))
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    with tempfile.TemporaryDirectory() as folder:
        for name, head in (("of_marked", "# tfimp: eager\n"), ("of_plain", "# not marked\n")):
            path = Path(folder) / f"{name}.py"
            path.write_text(head + source)
            os.utime(path, (1.6e9, 1.6e9))  # else it is too new to be cached
        sys.path.insert(0, folder)
        hook, plain = sys.meta_path[:], [f for f in sys.meta_path if f is not importer._finder]

        def load(name: str, finders: list[Any]) -> float:
            sys.modules.pop(name, None)
            sys.meta_path[:] = finders
            begin = time.perf_counter()
            importlib.import_module(name)
            seconds = time.perf_counter() - begin
            sys.meta_path[:] = hook
            return seconds

        try:
            first = load("of_marked", hook), load("of_plain", plain)
            load("of_marked", hook)
            assert "_tfimp_" in vars(sys.modules["of_marked"])
            assert len(list(Path(folder).rglob("*-tfimp-*.pyc"))) == 1
            gc.disable()
            seconds = [(load("of_marked", hook), load("of_plain", plain)) for _ in range(rounds)]
        finally:
            gc.enable()
            sys.path.remove(folder)
            sys.dont_write_bytecode = writes_bytecode
    marked, unmarked = [a for a, _ in seconds], [b for _, b in seconds]
    lines = source.count("\n")
    return [
        Figure(f"first import of a marked module, {lines} lines", Spread.of(first[:1])),
        Figure("first import of the same unmarked", Spread.of(first[1:])),
        Figure("import of a marked module, cached", Spread.of(marked)),
        Figure("import of the same unmarked, cached", Spread.of(unmarked)),
        Figure("ratio of the two", Spread.of(ratios(marked, unmarked)), bar=1.2, is_ratio=True),
    ]


def main() -> int:
    """Returns 0, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="timed rounds in this process")
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
