"""A lane's process, seen from the side that asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from benchmarks.definitions import Lane

ROOT: Final = Path(__file__).parents[1]
LAST_LINES: Final = 20


class LaneFailed(Exception):
    """A lane raised an error or died."""


class Process:
    """A fresh process that runs one lane; a context manager that ends it."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        # A file, not a pipe, which would fill up; closed with the process.
        self._stderr = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="utf-8", errors="replace"
        )
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", lane.workload, lane.mode],
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
