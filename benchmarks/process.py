"""The processes that run lanes, seen from the side that asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from benchmarks.definitions import Lane

ROOT: Final = Path(__file__).parents[1]
LAST_LINES: Final = 20


class LaneFailed(Exception):
    """A lane raised an error or died."""


class Process:
    """A fresh process that runs lanes of one mode; a context manager that ends it."""

    def __init__(self, mode: str) -> None:
        self.lane: Lane | str = mode
        # A file, not a pipe, which would fill up; closed with the process.
        self._stderr = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="utf-8", errors="replace"
        )
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", mode],
            cwd=ROOT,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception is not None:
            self._popen.kill()
        self._popen.communicate()
        self._stderr.close()

    def take(self, lane: Lane) -> None:
        """Has the process run this lane from now on."""
        self.lane = lane
        self.ask("take", workload=lane.workload)

    @property
    def ended(self) -> bool:
        """Whether the process has died."""
        return self._popen.poll() is not None

    def send(self, what: str, **arguments: Any) -> None:
        """Asks for something; `receive` waits for the answer."""
        assert self._popen.stdin is not None
        try:
            print(json.dumps({"do": what, **arguments}), file=self._popen.stdin, flush=True)
        except BrokenPipeError:
            raise LaneFailed(self._last_words()) from None

    def receive(self) -> dict[str, Any]:
        """The answer to what was asked for.

        Raises:
            LaneFailed: the lane raised an error or died.
        """
        assert self._popen.stdout is not None
        line = self._popen.stdout.readline()
        if not line:
            raise LaneFailed(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LaneFailed(f"{self.lane}:\n{answer['error']}")
        return answer

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Asks for something and waits for the answer."""
        self.send(what, **arguments)
        return self.receive()

    def _last_words(self) -> str:
        status = self._popen.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().splitlines()[-LAST_LINES:]
        return "\n".join([f"{self.lane} ended with status {status}", *lines])


class FreshProcesses:
    """Gives every lane a process of its own, which is as things have to be for times to count."""

    @contextmanager
    def running(self, lanes: Iterable[Lane]) -> Iterator[dict[Lane, Process]]:
        """Processes that have taken these lanes; they end with the context."""
        with ExitStack() as stack:
            processes = {lane: stack.enter_context(Process(lane.mode)) for lane in lanes}
            for process in processes.values():
                process.send("import_library")
            for lane, process in processes.items():
                process.receive()
                process.take(lane)
            yield processes


class SharedProcesses:
    """Has one process for each mode, which saves the time to import libraries."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._processes: dict[str, Process] = {}

    @contextmanager
    def running(self, lanes: Iterable[Lane]) -> Iterator[dict[Lane, Process]]:
        """The modes' processes, after they have taken these lanes."""
        lanes = list(lanes)
        missing = [lane.mode for lane in lanes
                   if lane.mode not in self._processes or self._processes[lane.mode].ended]
        for mode in missing:
            self._processes[mode] = self._stack.enter_context(Process(mode))
            self._processes[mode].send("import_library")
        for mode in missing:
            self._processes[mode].receive()
        for lane in lanes:
            self._processes[lane.mode].take(lane)
        yield {lane: self._processes[lane.mode] for lane in lanes}


Processes = FreshProcesses | SharedProcesses
