"""A program ends as under python: its errors to the letter, its exit status, its signals."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner.processes import LONGEST_WAIT, check_same, environment, run, tfimp

FAILING = {
    "in a function": "def f(x):\n    if x / 0:\n        pass\n\nf(1)\n",
    "chained": "def f():\n    try:\n        1 / 0\n    except Exception as e:\n"
    "        raise ValueError(not e) from e\nf()\n",
    "in a context": "try:\n    1 / 0\nexcept Exception:\n    assert not 1, 'message'\n",
    "a group": "raise ExceptionGroup('g', [ValueError(1)])\n",
    "syntax": "x = 1\ndef f(:\n",
    "late syntax": "x = 1\nreturn x\n",
    "interrupt": "x = 1\nif x: raise KeyboardInterrupt\n",
    "signal": "import signal\ndef f(): signal.raise_signal(signal.SIGINT)\nf()\n",
    "excepthook": "import sys, traceback\ndef hook(kind, error, tb):\n"
    "    print(kind, error, len(traceback.extract_tb(tb)), tb is error.__traceback__)\n"
    "sys.excepthook = hook\n1 / 0\n",
    "at exit": "import atexit\natexit.register(print, 'bye')\n1 / 0\n",
    "missing import": "import not_there\n",
    "broken import": "import broken\n",
    "import of what is no python": "import unparsable\n",
    "in a thread": "import threading\ndef f():\n    import unparsable\n"
    "t = threading.Thread(target=f, name='T')\nt.start(); t.join()\nprint('goes on')\n",
    "recursion": "def f(): f()\ntry: f()\nexcept RecursionError as e: raise SystemExit(str(e))\n",
    "warnings": "x = 1\ny = x is 1\nz = '\\d'\nimport warnings\nwarnings.warn('w')\n",
}


@pytest.mark.parametrize("what", FAILING)
def test_errors_are_pythons(tmp_path: Path, what: str) -> None:
    source = "# tfimp: eager\n" + FAILING[what]
    (tmp_path / "m.py").write_text(source)
    (tmp_path / "broken.py").write_text("# tfimp: eager\nx = 1\nassert not x\n")
    (tmp_path / "unparsable.py").write_text("# tfimp: eager\ndef f(:\n")
    check_same("m.py", cwd=tmp_path)
    check_same("-c", source, cwd=tmp_path)


@pytest.mark.parametrize("how", ["f()", "t = threading.Thread(target=f); t.start(); t.join()"])
def test_an_error_raised_within_tfimp_shows_the_programs_frames(tmp_path: Path, how: str) -> None:
    source = "import sys, threading\nsys.modules['tensorflow'] = None\ndef f(): import tensorflow\n"
    (tmp_path / "m.py").write_text(f"# tfimp: eager\n{source}{how}\n")
    assert "/tfimp/" in tfimp("m.py", cwd=tmp_path, TFIMP_TRACEBACK="full").stderr
    errors = tfimp("m.py", cwd=tmp_path).stderr
    assert "def f(): import tensorflow" in errors and "ModuleNotFoundError: " in errors
    assert "/tfimp/" not in errors


def test_errors_in_a_module_are_pythons_but_for_the_frames_of_runpy(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\n" + FAILING["in a function"])
    expected = run("-m", "m", cwd=tmp_path).stderr.splitlines()
    got = tfimp("-m", "m", cwd=tmp_path).stderr.splitlines()
    assert got == [line for line in expected if "<frozen runpy>" not in line]


# What a program ends with, and its status.
EXITS = {
    "sys.exit()": 0,
    "sys.exit(0)": 0,
    "sys.exit(3)": 3,
    "sys.exit(256 + 7)": 7,
    "sys.exit('message')": 1,
    "sys.exit((1, 2))": 1,
    "sys.exit(True)": 1,
    "raise SystemExit": 0,
    "raise type('Own', (SystemExit,), {})(4)": 4,
    "import os; print('flushed', flush=True); os._exit(5)": 5,
    "import threading; t = threading.Thread(target=sys.exit, args=(6,)); t.start(); t.join()": 0,
    "import atexit; atexit.register(sys.exit, 8)": 0,
}


@pytest.mark.parametrize("ending", EXITS)
def test_exit_status_is_pythons(tmp_path: Path, ending: str) -> None:
    source = f"# tfimp: eager\nimport sys\nx = 1\nif x: print('ran')\n{ending}\n"
    assert check_same("-c", source, cwd=tmp_path).returncode == EXITS[ending]


@pytest.mark.parametrize(
    "arguments",
    [["not_there.py"], ["-m", "not_there"], ["-m", "folder"], ["folder"], ["-m", "package.not"]],
)
def test_what_cannot_be_run_is_told_in_pythons_words(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    assert check_same(*arguments, cwd=tmp_path).returncode != 0


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_interrupt_ends_the_process_by_its_signal(tmp_path: Path) -> None:
    # It computes, for a sleep may begin between the signal and its notice, and last.
    source = "# tfimp: eager\nprint('ready', flush=True)\nwhile True: pass\n"
    process = start("-m", "tfimp", "-c", source, cwd=tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST_WAIT)
    # A shell stops its loop for this status alone.
    assert process.returncode == -signal.SIGINT, errors


def test_a_reader_that_goes_away_is_met_as_under_python(tmp_path: Path) -> None:
    source = "# tfimp: eager\nx = 1\nfor i in range(100_000):\n    if x: print(i)\n"
    (tmp_path / "m.py").write_text(source)
    endings = []
    for how in ([], ["-m", "tfimp"]):
        process = start(*how, "m.py", cwd=tmp_path)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        endings.append((process.wait(timeout=LONGEST_WAIT), errors))
    assert endings[0] == endings[1]
    assert "BrokenPipeError" in endings[1][1]


def test_tracebacks_in_full_on_request(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\n1 / 0\n")
    assert "start.py" not in tfimp("m.py", cwd=tmp_path).stderr
    assert "start.py" in tfimp("m.py", cwd=tmp_path, TFIMP_TRACEBACK="full").stderr


def test_a_misspelt_directive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eagre\nprint('ran')\n")
    got = tfimp("m.py", cwd=tmp_path)
    assert (got.stdout, got.returncode) == ("", 1)
    assert got.stderr.startswith(f'  File "{tmp_path}/m.py", line 1\n    # tfimp: eagre\n')
    assert "did you mean `# tfimp: eager`?" in got.stderr
