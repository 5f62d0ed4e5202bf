"""`python -m tests.fuzz --programs 10000`: draws programs and compares eager with tfimp.

Program number n is the same wherever it is drawn. A program that does something else under tfimp
is reduced and written to a file that plain `python` and `python -m tfimp` run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

BATCH = 20
BATCHES_OF_A_PROCESS = 15  # functions that TensorFlow keeps would fill the memory

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
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first program")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("fuzz_failures"),
        help="the folder for programs that differ",
    )
    parser.add_argument(
        "--no-reduction", action="store_true", help="keep programs that differ as they were drawn"
    )
    arguments = parser.parse_args()
    numbers = range(arguments.seed, arguments.seed + arguments.programs)
    batches = [numbers[i : i + BATCH] for i in range(0, len(numbers), BATCH)]
    started = time.monotonic()
    done = differing = 0
    reduce = not arguments.no_reduction
    at_once = arguments.processes * BATCHES_OF_A_PROCESS
    for first in range(0, len(batches), at_once):
        futures: dict[Future[list[tuple[int, str, str]]], range] = {}
        # New processes each time: a pool that replaces its processes one by one can hang.
        with ProcessPoolExecutor(
            arguments.processes, multiprocessing.get_context("spawn")
        ) as pool:
            for batch in batches[first : first + at_once]:
                futures[pool.submit(_run, batch, reduce)] = batch
            try:
                for future in as_completed(futures):
                    for number, difference, source in future.result():
                        differing += 1
                        path = _keep(arguments.keep, number, difference, source)
                        print(f"\nprogram {number} differs, see {path}")
                    done += len(futures[future])
                    seconds = (time.monotonic() - started) / done
                    told = f"{done} of {len(numbers)} programs, {differing} differ"
                    print(f"\r{told}, {seconds:.2f} s each", end="", flush=True)
            except BrokenProcessPool:
                unfinished = [b for f, b in futures.items() if not f.done() or f.exception()]
                print(f"\na process died of a program in {unfinished[: arguments.processes]}")
                return 1
    print()
    return 1 if differing else 0


def _run(numbers: range, reduce: bool) -> list[tuple[int, str, str]]:
    """The number, difference and source of those that differ; runs in a process of its own."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    from .comparison import difference
    from .reduction import reduced
    from .writer import program

    tf.get_logger().setLevel("ERROR")
    found = []
    for number in numbers:
        hot = is_hot(number)
        source = program(number)
        seen = difference(source, hot=hot)
        if seen is not None:
            if reduce:
                source = reduced(source, lambda text, hot=hot: difference(text, hot=hot))  # type: ignore[misc]
                seen = difference(source, hot=hot) or seen
            found.append((number, seen, source))
    return found


def is_hot(number: int) -> bool:
    """Whether that program is compiled when it is seen for the second time, or not at all."""
    return number % 8 != 0


def _keep(folder: Path, number: int, difference: str, source: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"program_{number}.py"
    head, line, tail = source.partition("import tensorflow as tf\n")
    path.write_text(
        _REPORT.format(
            number=number,
            difference=difference.replace('"""', "'''").replace("\\", "/"),
            source=head + line + _SHOW + tail,
        )
    )
    return path
