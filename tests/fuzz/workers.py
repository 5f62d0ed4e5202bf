"""Processes that compare programs, one program at a time.

A process that grows too large is replaced by a new one, and so is one that dies of a program or
does not come back from it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple, TypeAlias

LARGEST = 2_000  # megabytes; what TensorFlow keeps of graph functions adds up
SECONDS_BETWEEN_LOOKS = 5.0
LONGEST = 600.0  # seconds that a program may take, its reduction included


class Verdict(NamedTuple):
    """What came of a program: what it did differently, or None, and its source then."""

    number: int
    difference: str | None = None
    source: str = ""


# Answers each number that comes with a verdict and whether the process has had its day.
Work: TypeAlias = Callable[[Connection], None]


class _Worker:
    """A process and the program that it has at hand."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.number = -1
        self.seconds = 0.0

    def give(self, number: int) -> None:
        """Gives it a program."""
        self.number = number
        self.seconds = 0.0
        self.connection.send(number)

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def verdicts(numbers: Iterator[int], jobs: int, work: Work) -> Iterator[Verdict]:
    """Compares the programs of these numbers in several processes; in the order of their ends.

    Args:
        jobs: how many processes.
        work: what a process does.
    """
    workers: list[_Worker] = []
    try:
        for number in (next(numbers, None) for _ in range(jobs)):
            if number is not None:
                workers.append(_Worker(work))
                workers[-1].give(number)
        while workers:
            asked = time.monotonic()
            ready = wait([worker.connection for worker in workers], timeout=SECONDS_BETWEEN_LOOKS)
            # More than was asked for has gone by only while this process itself was suspended.
            waited = min(time.monotonic() - asked, SECONDS_BETWEEN_LOOKS)
            for worker in list(workers):
                worker.seconds += 0 if is_suspended(worker.process.pid) else waited
                answered = worker.connection in ready
                if not answered and worker.seconds <= LONGEST:
                    continue
                verdict, tired = _verdict_of(worker, answered)
                yield verdict
                number = next(numbers, None)
                if tired or number is None:
                    workers.remove(worker)
                    worker.stop()
                if number is not None:
                    if tired:
                        worker = _Worker(work)
                        workers.append(worker)
                    worker.give(number)
    finally:
        for worker in workers:
            worker.stop()


def is_suspended(process: int | None) -> bool:
    """Whether somebody has suspended the process of that id, to measure something else, say."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "T"


def _verdict_of(worker: _Worker, answered: bool) -> tuple[Verdict, bool]:
    """The verdict on the program that a process has, and whether the process has had its day."""
    if not answered:
        return _lost(worker, f"it took more than {LONGEST} seconds"), True
    try:
        verdict, tired = worker.connection.recv()
    except (EOFError, OSError):
        worker.process.join()
        return _lost(worker, f"its process died with {worker.process.exitcode}"), True
    return verdict, tired


def _lost(worker: _Worker, reason: str) -> Verdict:
    """The verdict on a program whose process has none."""
    from .writer import program

    return Verdict(worker.number, reason, program(worker.number))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(connection: Connection, reduce: bool = True) -> None:
    """Answers numbers of programs with verdicts until it is stopped; the work of a process.

    Args:
        reduce: whether a program that differs is made smaller.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    from .comparison import Tier, difference
    from .reduction import reduced
    from .writer import program

    tf.get_logger().setLevel("ERROR")
    gc.collect()
    gc.freeze()  # what stands now need not be looked at again
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            number = connection.recv()
            tier = Tier.of(number)
            source = program(number)
            differs = functools.partial(difference, tier=tier, number=number)
            seen = differs(source)
            if seen is not None and reduce:
                source = reduced(source, differs)
                seen = differs(source) or seen
            verdict = Verdict(number, seen, source if seen is not None else "")
            connection.send((verdict, _megabytes() > LARGEST))
