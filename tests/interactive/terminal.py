"""Type at a program that runs on a terminal."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.runner.processes import LONGEST_WAIT, environment

# How often in a row a program must be seen asleep to count as waiting, and how far apart.
_READINGS = 3
_BETWEEN_READINGS = 0.01
_NOT_RUNNING = "SZX"  # asleep, or gone

# Makes standard input the terminal that Ctrl-C goes to, and becomes the program.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Terminal:
    """A Python process on a terminal of its own."""

    def __init__(self, *arguments: str, home: Path, **changes: str) -> None:
        self._terminal, theirs = os.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", _TAKE_TERMINAL, *arguments],
            cwd=home,
            env=environment(
                HOME=str(home),
                TERM="dumb",
                INPUTRC="/dev/null",
                PYTHON_BASIC_REPL="1",
                PYTHON_COLORS="0",
                **changes,
            ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = ""

    def wait_for(self, *prompts: str) -> str:
        """What is shown until one of the prompts ends it, or the program does."""
        start = len(self._seen)
        while not self._seen[start:].endswith(prompts):
            if not select.select([self._terminal], [], [], LONGEST_WAIT)[0]:
                raise TimeoutError(self._seen)
            try:
                data = os.read(self._terminal, 4096)
            except OSError:  # how a terminal says that the program has gone
                data = b""
            if not data:
                break
            self._seen += data.decode().replace("\r", "")
        return self._seen[start:]

    def type(self, text: str) -> None:
        self._wait_until_asleep()
        os.write(self._terminal, text.encode())

    def _wait_until_asleep(self) -> None:
        """Waits until the program waits for input.

        It has shown its prompt a moment before.  In that moment CPython takes note of a Ctrl-C and
        then goes on waiting for the line, so what is typed must not be faster than a person.
        """
        readings = 0
        while readings < _READINGS:
            time.sleep(_BETWEEN_READINGS)
            readings = readings + 1 if self._state() in _NOT_RUNNING else 0

    def _state(self) -> str:
        """The state of the main thread, as Linux names it; elsewhere as if it were asleep."""
        try:
            status = Path(f"/proc/{self._process.pid}/stat").read_text()
        except OSError:
            return "S"
        return status.rpartition(")")[2].split()[0]

    def end(self) -> int:
        """Wait for the end of the program.  Returns its status."""
        self.wait_for("there is no such prompt")
        os.close(self._terminal)
        return self._process.wait(timeout=LONGEST_WAIT)


def transcript(
    arguments: Sequence[str], inputs: Sequence[str], home: Path, **changes: str
) -> tuple[str, str, int]:
    """Types the inputs one by one.  Returns the banner, what follows it, and the exit status."""
    terminal = Terminal(*arguments, home=home, **changes)
    banner = terminal.wait_for(">>> ")
    shown = ""
    for text in inputs:
        terminal.type(text)
        shown += terminal.wait_for(">>> ", "... ", "?> ")
    status = terminal.end()
    return re.sub(r">>> $", "", banner), shown, status
