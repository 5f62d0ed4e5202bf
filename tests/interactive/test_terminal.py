"""The prompt on a terminal, beside python's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interactive.terminal import Terminal, transcript
from tests.runner.processes import SAYS_WHETHER_REWRITTEN

END = "\x04"  # Ctrl-D
INTERRUPT = "\x03"

CONTEXT = """\
sorted(name for name in globals() if not name.startswith("_tf"))
__name__, __doc__, __package__, __spec__, __loader__.__name__, type(__builtins__).__name__
import sys; sys.argv, sys.path[0], sys.ps1, sys.flags, sys.modules["__main__"].__dict__ is globals()
""".splitlines(keepends=True)


@pytest.mark.parametrize(
    "inputs",
    [
        [*CONTEXT, END],
        ["x = 3\n", "x\n", "_ + 1\n", "if x:\n", "   print('yes')\n", "\n", "exit(3)\n"],
        ["f(\n", INTERRUPT, "x = 1 +\\\n", "2\n", "x\n", "import os; os.getpid() > 0\n", END],
        ["import sys; sys.ps1 = 'what?' + '> '\n", "1\n", "raise SystemExit\n"],
        ["number = 5\n", "numb\t\n", "number.ima\t\n", "impor\t sys\n", END],
    ],
    ids=["context", "values", "interrupts", "prompt", "completion"],
)
def test_a_session_goes_as_with_python(tmp_path: Path, inputs: list[str]) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    _, expected, their_status = transcript([], inputs, tmp_path / "theirs")
    banner, got, status = transcript(["-m", "tfimp"], inputs, tmp_path / "ours")
    assert got == expected
    assert status == their_status
    assert "tfimp" in banner and "import tensorflow as tf" in banner


def test_a_dash_and_arguments_on_a_terminal_are_a_prompt_too(tmp_path: Path) -> None:
    inputs = ["import sys; sys.argv\n", END]
    _, shown, status = transcript(["-q", "-m", "tfimp", "-", "x", "-m"], inputs, tmp_path)
    assert "['-', 'x', '-m']" in shown
    assert status == 0


def test_history_is_pythons(tmp_path: Path) -> None:
    history = tmp_path / "history"
    history.write_text("x = 'from before'\n")
    inputs = ["\x10\n", "x\n", END]  # Ctrl-P is the line before
    _, shown, _ = transcript(["-m", "tfimp"], inputs, tmp_path, PYTHON_HISTORY=str(history))
    if "from before" not in shown:  # before Python 3.13 it has one place only
        history = tmp_path / ".python_history"
        history.write_text("x = 'from before'\n")
        _, shown, _ = transcript(["-m", "tfimp"], inputs, tmp_path)
    assert "\n'from before'\n" in shown
    assert history.read_text() == "x = 'from before'\nx\n"


def test_the_startup_file_is_run(tmp_path: Path) -> None:
    startup = tmp_path / "startup.py"
    startup.write_text("from os import sep as here\nprint('started')\n1 / 0\n")
    banner, shown, _ = transcript(
        ["-m", "tfimp"], ["here\n", END], tmp_path, PYTHONSTARTUP=str(startup)
    )
    assert "started" in banner and "ZeroDivisionError" in banner and "/tfimp/" not in banner
    assert "\n'/'\n" in shown
    banner, _, _ = transcript(["-m", "tfimp"], [END], tmp_path, PYTHONSTARTUP="not/there")
    assert "Could not open PYTHONSTARTUP\nFileNotFoundError: " in banner


def test_disabled_the_prompt_is_plain(tmp_path: Path) -> None:
    inputs = ["x = 3\n", "if x: '_tf' in str(globals())\n", "\n", END]
    banner, shown, _ = transcript(["-m", "tfimp"], inputs, tmp_path, TFIMP_DISABLE="1")
    assert "nothing is rewritten" in banner and "\nFalse\n" in shown
    banner, shown, _ = transcript(["-m", "tfimp"], inputs, tmp_path)
    assert "nothing is rewritten" not in banner and "\nTrue\n" in shown


def test_a_script_named_on_a_terminal_is_run(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\n" + SAYS_WHETHER_REWRITTEN)
    terminal = Terminal("-m", "tfimp", "m.py", home=tmp_path)
    assert terminal.wait_for("no prompt") == "True\n"
    assert terminal.end() == 0
