"""Type at a program that runs on a terminal."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.runner.processes import environment

_LONGEST_WAIT = 60  # seconds without a sign of life


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
            if not select.select([self._terminal], [], [], _LONGEST_WAIT)[0]:
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
        os.write(self._terminal, text.encode())

    def end(self) -> int:
        """Wait for the end of the program.  Returns its status."""
        self.wait_for("there is no such prompt")
        os.close(self._terminal)
        return self._process.wait(timeout=_LONGEST_WAIT)


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
