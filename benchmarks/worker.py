"""The process of lanes: does on stdin's word what it is asked for, and times it.

A line of stdin is a JSON object, `mode` naming the lane's mode, `do` the method of `Worker` and
the rest its arguments; a line of stdout is the answer.  Nothing of tfimp is imported unless the
mode is tfimp.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from benchmarks import workloads
from benchmarks.definitions import LIBRARIES, Workload

Results = list[Any]
Report = dict[str, Any]

# So many times in a row nothing may be compiled or run by tier 0 before tfimp counts as warm.
CALM_CHUNKS = 3

# A long run is timed in so many pieces a chunk.
PIECES = 10

COUNTERS = ("plans_compiled", "plans_held", "trace_nodes")


class Worker:
    """Runs lanes of one mode, one after the other."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._workload: Workload
        self._make: Callable[[], Callable[[int], Any]]
        self._run: Callable[[int], Any]
        self._counters_before: dict[str, int] = {}
        # The iterations that the lane has run and the plans compiled by then.
        self._marks: list[tuple[int, int]] = []

    def import_library(self) -> Report:
        """Imports what the mode is about; for tfimp that is TensorFlow."""
        importlib.import_module(LIBRARIES.get(self._mode, "tensorflow"))
        return {}

    def take(self, workload: str) -> Report:
        """What is asked for from now on is about this workload."""
        self._workload = workloads.find(workload)
        self._marks = [(0, 0)]
        self._run = lambda iterations: None  # holds nothing of the lane before
        return {}

    def load(self) -> Report:
        """Imports the lane's module; under tfimp that includes the runtime and the rewriting."""
        began = time.perf_counter()
        if self._mode == "tfimp":
            importlib.import_module("tfimp")
        module, _, function = self._workload.modes[self._mode].partition(":")
        make = getattr(importlib.import_module(module), function)
        self._make = functools.partial(make, **self._workload.arguments)
        seconds = time.perf_counter() - began
        self._counters_before = self._counters()
        return {"load": seconds}

    def start(self, cold: int, early: int) -> Report:
        """Makes the workload ready and runs its first iterations.

        Returns:
            The seconds up to the end of the first, of the last of `cold` and of the last of
            `early` iterations, and all results.
        """
        began = time.perf_counter()
        self._run = self._make()
        results: Results = []
        seconds = []
        for until in (1, cold, max(cold, early)):
            if until > len(results):
                results += self._timed(until - len(results))[0]
            seconds.append(time.perf_counter() - began)
        first, first_ten, all_early = seconds
        return {
            "first": first, "first_ten": first_ten, "early": all_early, "results": vectors(results)
        }

    def warm_up(self, seconds: float, longest: float, cycle: int) -> Report:
        """Runs whole cycles until everything is compiled, at least for so many seconds.

        Returns:
            The seconds of an iteration, and whether nothing was compiled any more at the end.
        """
        began = time.perf_counter()
        cycles, calm = 1, 0
        needed = CALM_CHUNKS if self._mode == "tfimp" else 1
        before = self._compiled()
        while True:
            chunk_began = time.perf_counter()
            self._timed(cycles * cycle)
            chunk = time.perf_counter() - chunk_began
            after = self._compiled()
            calm = calm + 1 if after == before else 0
            before = after
            elapsed = time.perf_counter() - began
            if (calm >= needed and elapsed >= seconds) or elapsed >= longest:
                return {"iteration": chunk / cycles / cycle, "settled": calm >= needed}
            if chunk < seconds / 10:
                cycles *= 2

    def check(self, iterations: int) -> Report:
        """Runs the workload from its beginning once more, now that everything is warm."""
        kept, self._run = self._run, self._make()
        results, _ = self._timed(iterations)
        self._run = kept
        return {"results": vectors(results)}

    def round(self, iterations: int) -> Report:
        """Times one round, for one unit of the workload."""
        gc.collect()
        _, seconds = self._timed(iterations)
        return {"warm": seconds / iterations / self._workload.units}

    def grow(self, total: int, chunk: int) -> Report:
        """Runs for long and notes memory and time after the first chunk and at each tenth.

        The time of a tenth is that of its fastest piece, since another program may be busy for
        longer than a tenth takes; a step that gets slower is slower in every piece.
        """
        self._run = self._make()
        self._run(chunk)
        before, before_bytes = self._counters(), resident_bytes()
        megabytes, seconds = [before_bytes / 1e6], []
        chunks = total // chunk - 1
        for tenth in range(10):
            count = chunks * (tenth + 1) // 10 - chunks * tenth // 10
            pieces = [self._timed(chunk // PIECES)[1] for _ in range(count * PIECES)]
            seconds.append(min(pieces) / (chunk // PIECES))
            megabytes.append(resident_bytes() / 1e6)
        after = self._counters()
        report: Report = {f"new_{key}": after[key] - before[key] for key in after}
        return report | {
            "growth": megabytes[-1] - megabytes[0],
            "slowdown": seconds[-1] / seconds[1],
            "megabytes": megabytes,
            "step_seconds": seconds,
        }

    def status(self) -> Report:
        """The most memory that the process has had, and tfimp's counters of this lane."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        report: Report = {"peak_megabytes": peak / 1e6}
        before = self._counters_before
        report |= {name: value - before[name] for name, value in self._counters().items()}
        if self._mode == "tfimp":
            report["late_plans"] = late_plans(self._marks)
        return report

    def _timed(self, iterations: int) -> tuple[Results, float]:
        began = time.perf_counter()
        outcome = self._run(iterations)
        seconds = time.perf_counter() - began
        if self._mode == "tfimp":
            compiled = self._counters()["plans_compiled"] - self._counters_before["plans_compiled"]
            self._marks.append((self._marks[-1][0] + iterations, compiled))
        return outcome if self._workload.own_clock else (outcome, seconds)

    def _counters(self) -> dict[str, int]:
        if self._mode != "tfimp":
            return {}
        stats = importlib.import_module("tfimp").stats()
        return {name: getattr(stats, name) for name in COUNTERS}

    def _compiled(self) -> tuple[int, ...]:
        if self._mode != "tfimp":
            return ()
        stats = importlib.import_module("tfimp").stats()
        return stats.plans_compiled, stats.calls_run_by_tier_0


def late_plans(marks: list[tuple[int, int]]) -> int:
    """How many plans were compiled in the last half of a run.

    What was compiled between the middle of the run and the last mark before it counts too.

    Args:
        marks: the iterations run and the plans compiled by then, from time to time.
    """
    half = marks[-1][0] / 2
    return marks[-1][1] - max(plans for iterations, plans in marks if iterations <= half)


def resident_bytes() -> int:
    """The memory that the process has in use (Linux)."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def vectors(results: Results) -> list[list[float]]:
    """Results as lists of numbers, each compared as one vector."""
    import numpy as np

    found: list[list[float]] = []
    for result in results:
        if isinstance(result, list):
            found += vectors(result)
        else:
            array = np.ravel(result)
            parts = [array.real, array.imag] if np.iscomplexobj(array) else [array]
            found.append(np.concatenate(parts).astype(np.float64).tolist())
    return found


def serve(answers: TextIO) -> None:
    """Answers requests until stdin ends."""
    workers: dict[str, Worker] = {}
    for line in sys.stdin:
        request = json.loads(line)
        mode = request.pop("mode")
        worker = workers.setdefault(mode, Worker(mode))
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    # What a library prints must not come between the answers.
    own_stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(own_stdout)
