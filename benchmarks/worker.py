"""The process of one lane: does on stdin's word what it is asked for, and times it.

A line of stdin is a JSON object, `do` naming the method of `Worker` and the rest its arguments;
a line of stdout is the answer.  Nothing of tfimp is imported unless the mode is tfimp.
"""

from __future__ import annotations

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
from benchmarks.definitions import LIBRARIES, Lane

Results = list[Any]
Report = dict[str, Any]

# So many times in a row nothing may be compiled or run by tier 0 before tfimp counts as warm.
CALM_CHUNKS = 3
LONGEST_WARM_UP = 60.0


class Worker:
    """Runs one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._workload = workloads.find(lane.workload)
        self._make: Callable[[], Callable[[int], Any]]
        self._run: Callable[[int], Any]

    def import_library(self) -> Report:
        """Imports what the mode is about; for tfimp that is TensorFlow."""
        began = time.perf_counter()
        importlib.import_module(LIBRARIES.get(self._lane.mode, "tensorflow"))
        return {"import": time.perf_counter() - began}

    def load(self) -> Report:
        """Imports the lane's module; under tfimp that includes the runtime and the rewriting."""
        began = time.perf_counter()
        if self._lane.mode == "tfimp":
            importlib.import_module("tfimp")
        module, _, function = self._workload.modes[self._lane.mode].partition(":")
        self._make = getattr(importlib.import_module(module), function)
        return {"load": time.perf_counter() - began}

    def start(self, iterations: int) -> Report:
        """Makes the workload ready and runs its first iterations, all of it cold."""
        began = time.perf_counter()
        self._run = self._make()
        results, _ = self._timed(1)
        first = time.perf_counter() - began
        if iterations > 1:
            results += self._timed(iterations - 1)[0]
        seconds = time.perf_counter() - began
        return {"first": first, "first_ten": seconds, "results": vectors(results)}

    def warm_up(self, seconds: float) -> Report:
        """Runs until everything is compiled, at least for so many seconds.

        Returns:
            The seconds of an iteration, and whether nothing was compiled any more at the end.
        """
        began = time.perf_counter()
        iterations, calm = 1, 0
        before = self._compiled()
        while True:
            chunk_began = time.perf_counter()
            self._run(iterations)
            chunk = time.perf_counter() - chunk_began
            after = self._compiled()
            calm = calm + 1 if after == before else 0
            before = after
            elapsed = time.perf_counter() - began
            if (calm >= CALM_CHUNKS and elapsed >= seconds) or elapsed >= LONGEST_WARM_UP:
                return {"iteration": chunk / iterations, "settled": calm >= CALM_CHUNKS}
            if chunk < seconds / 10:
                iterations *= 2

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
        """Runs for long and notes memory and time after the first chunk and at each tenth."""
        self._run = self._make()
        self._run(chunk)
        before, before_bytes = self._stats(), resident_bytes()
        megabytes, seconds = [before_bytes / 1e6], []
        chunks = total // chunk - 1
        for tenth in range(10):
            began = time.perf_counter()
            count = chunks * (tenth + 1) // 10 - chunks * tenth // 10
            for _ in range(count):
                self._run(chunk)
            seconds.append((time.perf_counter() - began) / (count * chunk))
            megabytes.append(resident_bytes() / 1e6)
        after = self._stats()
        report: Report = {f"new_{key}": after[key] - before[key] for key in after}
        return report | {
            "growth": megabytes[-1] - megabytes[0],
            "megabytes": megabytes,
            "step_seconds": seconds,
        }

    def status(self) -> Report:
        """The most memory that the process has had, and tfimp's counters."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"peak_megabytes": peak / 1e6, **self._stats()}

    def _timed(self, iterations: int) -> tuple[Results, float]:
        began = time.perf_counter()
        outcome = self._run(iterations)
        seconds = time.perf_counter() - began
        return outcome if self._workload.own_clock else (outcome, seconds)

    def _stats(self) -> dict[str, int]:
        if self._lane.mode != "tfimp":
            return {}
        stats = importlib.import_module("tfimp").stats()
        return {key: getattr(stats, key) for key in ("plans_compiled", "plans_held", "trace_nodes")}

    def _compiled(self) -> tuple[int, ...]:
        if self._lane.mode != "tfimp":
            return ()
        stats = importlib.import_module("tfimp").stats()
        return stats.plans_compiled, stats.calls_run_by_tier_0


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


def serve(worker: Worker, answers: TextIO) -> None:
    """Answers requests until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    # What a library prints must not come between the answers.
    own_stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Worker(Lane(sys.argv[1], sys.argv[2])), own_stdout)
