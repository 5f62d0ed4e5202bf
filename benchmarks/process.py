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

from benchmarks.definitions import LIBRARIES, Lane

ROOT: Final = Path(__file__).parents[1]
LAST_LINES: Final = 20


class LaneFailed(Exception):
    """A lane raised an error or died."""


class _Server:
    """A fresh process that runs lanes; a context manager that ends it."""

    def __init__(self) -> None:
        # A file, not a pipe, which would fill up; closed with the process.
        self._stderr = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="utf-8", errors="replace"
        )
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            cwd=ROOT,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )

    def __enter__(self) -> _Server:
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception is not None:
            self._popen.kill()
        self._popen.communicate()
        self._stderr.close()

    @property
    def ended(self) -> bool:
        """Whether the process has died."""
        return self._popen.poll() is not None

    def send(self, lane: Lane, request: dict[str, Any]) -> None:
        """Asks for something; `receive` waits for the answer."""
        assert self._popen.stdin is not None
        try:
            print(json.dumps({"mode": lane.mode, **request}), file=self._popen.stdin, flush=True)
        except BrokenPipeError:
            raise LaneFailed(self._last_words(lane)) from None

    def receive(self, lane: Lane) -> dict[str, Any]:
        """The answer to what was asked for.

        Raises:
            LaneFailed: the lane raised an error or died.
        """
        assert self._popen.stdout is not None
        line = self._popen.stdout.readline()
        if not line:
            raise LaneFailed(self._last_words(lane))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LaneFailed(f"{lane}:\n{answer['error']}")
        return answer

    def _last_words(self, lane: Lane) -> str:
        status = self._popen.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().splitlines()[-LAST_LINES:]
        return "\n".join([f"{lane} ended with status {status}", *lines])


class Process:
    """The process of a lane, which may be that of other lanes too."""

    def __init__(self, lane: Lane, server: _Server) -> None:
        self._lane = lane
        self._server = server

    def send(self, what: str, **arguments: Any) -> None:
        """Asks for something; `receive` waits for the answer."""
        self._server.send(self._lane, {"do": what, **arguments})

    def receive(self) -> dict[str, Any]:
        """The answer to what was asked for.

        Raises:
            LaneFailed: the lane raised an error or died.
        """
        return self._server.receive(self._lane)

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Asks for something and waits for the answer."""
        self.send(what, **arguments)
        return self.receive()

    def take(self) -> None:
        """Has the process run the lane from now on."""
        self.ask("take", workload=self._lane.workload)


def _ready(processes: list[Process]) -> None:
    """Has processes import what they need, side by side, and take their lanes."""
    for process in processes:
        process.send("import_library")
    for process in processes:
        process.receive()
        process.take()


class FreshProcesses:
    """Gives every lane a process of its own, which is as things have to be for times to count."""

    @contextmanager
    def running(self, lanes: Iterable[Lane]) -> Iterator[dict[Lane, Process]]:
        """Processes that have taken these lanes; they end with the context."""
        with ExitStack() as stack:
            processes = {lane: Process(lane, stack.enter_context(_Server())) for lane in lanes}
            _ready(list(processes.values()))
            yield processes


class SharedProcesses:
    """Has few processes, which saves the time to import libraries.

    There is one for each library, and one for tfimp, since eager mode runs the same modules as
    they are.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._servers: dict[str, _Server] = {}

    @contextmanager
    def running(self, lanes: Iterable[Lane]) -> Iterator[dict[Lane, Process]]:
        """The processes, after they have taken these lanes."""
        processes = {lane: Process(lane, self._server(lane.mode)) for lane in lanes}
        _ready(list(processes.values()))
        yield processes

    def _server(self, mode: str) -> _Server:
        name = mode if mode == "tfimp" else LIBRARIES.get(mode, "tensorflow")
        if name not in self._servers or self._servers[name].ended:
            self._servers[name] = self._stack.enter_context(_Server())
        return self._servers[name]


Processes = FreshProcesses | SharedProcesses
