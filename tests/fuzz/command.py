"""`python -m tests.fuzz --programs 10000`: draws programs and compares eager with tfimp.

Program number n is the same wherever it is drawn. A program that does something else under tfimp
is reduced and written to a file that plain `python` and `python -m tfimp` run. Stopped and started
again, the command goes on where it was; programs that differed are compared once more.
"""

from __future__ import annotations

import argparse
import functools
import os
import signal
import time
from pathlib import Path

from .progress import Progress
from .workers import Verdict, compare, verdicts

_REPORT = '''\
# tfimp: eager
"""Program {number} of the fuzzing command does something else under tfimp.

{difference}
"""
{source}'''

_SHOW = """\
def show(*values):
    for value in tf.nest.flatten(values):
        value = value.numpy() if hasattr(value, "numpy") else value
        print(getattr(value, "dtype", type(value).__name__), value)
"""


def main() -> int:
    """Runs the command; 1 where a program differed."""
    arguments = _arguments()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    progress = Progress(arguments.keep / "progress.json")
    if arguments.anew:
        progress.done.clear()
        progress.differing.clear()
    numbers = range(arguments.first, arguments.first + arguments.programs)
    left = [n for n in numbers if n in progress.differing or n not in progress.done]
    started = time.monotonic()
    compared = 0
    try:
        work = functools.partial(compare, reduce=not arguments.no_reduction)
        for verdict in verdicts(iter(left), arguments.jobs, work):
            compared += 1
            progress.note(verdict.number, verdict.difference is not None)
            if verdict.difference is not None:
                path = _keep(arguments.keep, verdict)
                print(f"\nprogram {verdict.number} differs, see {path}", flush=True)
            done = len(progress.done.intersection(numbers))
            seconds = (time.monotonic() - started) / compared
            told = f"{done} of {len(numbers)} programs, {_differing(progress, numbers)} differ"
            print(f"\r{told}, {seconds:.2f} s each", end="", flush=True)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", end="")
    finally:
        progress.save()
    print()
    return 1 if _differing(progress, numbers) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=200, metavar="N")
    parser.add_argument("--first", type=int, default=0, help="the number of the first program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("fuzz_failures"),
        help="the folder for programs that differ and for what has been done",
    )
    parser.add_argument("--anew", action="store_true", help="forget what has been done")
    parser.add_argument(
        "--no-reduction", action="store_true", help="keep programs that differ as they were drawn"
    )
    return parser.parse_args()


def _differing(progress: Progress, numbers: range) -> int:
    return len(progress.differing.intersection(numbers))


def _keep(folder: Path, verdict: Verdict) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"program_{verdict.number}.py"
    head, line, tail = verdict.source.partition("import tensorflow as tf\n")
    path.write_text(
        _REPORT.format(
            number=verdict.number,
            difference=str(verdict.difference).replace('"""', "'''").replace("\\", "/"),
            source=head + line + _SHOW + tail,
        )
    )
    return path
