"""Run a program under python and under tfimp."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Seconds, after which a process is taken to hang: many more than one needs on a busy machine.
LONGEST_WAIT = 300

# Prints whether the code around it is rewritten.
SAYS_WHETHER_REWRITTEN = """\
x = 3
if x: print(any(name.startswith("_tf") for name in globals()))
"""

Ended = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TFIMP")}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def run(*arguments: str, cwd: Path, stdin: str = "", **changes: str) -> Ended:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment(**changes),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT,
    )


def tfimp(*arguments: str, cwd: Path, stdin: str = "", **changes: str) -> Ended:
    return run("-m", "tfimp", *arguments, cwd=cwd, stdin=stdin, **changes)


def check_same(*arguments: str, cwd: Path, stdin: str = "") -> Ended:
    """A program that is marked prints and ends as under python, to the letter."""
    expected = run(*arguments, cwd=cwd, stdin=stdin)
    got = tfimp(*arguments, cwd=cwd, stdin=stdin)
    assert got.stdout == expected.stdout
    assert got.stderr == expected.stderr
    assert got.returncode == expected.returncode
    return got
