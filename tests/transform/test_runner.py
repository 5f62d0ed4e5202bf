"""`python -m tfimp` runs a program as `python` does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
NOTE = "is not marked (# tfimp: eager), running it unchanged"

# Tells all that a program can see of how it was started.
PROBE = """\
import json, os, pickle, sys
class Local: pass
main = sys.modules["__main__"]
spec = __spec__ and [__spec__.name, __spec__.origin, __spec__.parent, __spec__.cached]
names = [name for name in globals() if not name.startswith("_tf")]
loader = getattr(__loader__, "__name__", None) or type(__loader__).__name__
print(json.dumps({
    "names": names,
    "same dict": main.__dict__ is globals(),
    "name": __name__, "doc": __doc__, "package": __package__, "spec": spec,
    "file": globals().get("__file__", "absent"), "cached": globals().get("__cached__", "absent"),
    "builtins": type(__builtins__).__name__, "annotations": __annotations__, "loader": loader,
    "argv": sys.argv, "path": sys.path[:2], "cwd": os.getcwd(), "flags": sys.flags.optimize,
    "code file": sys._getframe().f_code.co_filename,
    "pickled": type(pickle.loads(pickle.dumps(Local()))) is Local,
    "modules": "__main__" in sys.modules,
}))
if len(sys.argv) > 5: pass
"""
SAYS_WHETHER_REWRITTEN = """\
x = 3
if x: print(any(name.startswith("_tf") for name in globals()))
"""
MARKED_PROBE = "# tfimp: eager\n" + PROBE


def run(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def tfimp(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return run("-m", "tfimp", *arguments, cwd=cwd, stdin=stdin, **environment)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with the probe in every form that can be run."""
    for kind, probe in (("plain", PROBE), ("marked", MARKED_PROBE)):
        folder = tmp_path / kind
        (folder / "package").mkdir(parents=True)
        (folder / "folder").mkdir()
        (folder / "links").mkdir()
        (folder / "probe.py").write_text(probe)
        (folder / "package/__init__.py").write_text("")
        (folder / "package/__main__.py").write_text(probe)
        (folder / "package/module.py").write_text(probe)
        (folder / "folder/__main__.py").write_text(probe)
        (folder / "links/link.py").symlink_to("../probe.py")
        with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
            archive.writestr("__main__.py", probe)
    return tmp_path


FORMS = [
    ["probe.py"],
    ["./probe.py"],
    ["links/link.py"],
    ["folder"],
    ["folder/"],
    ["archive.zip"],
    ["-m", "probe"],
    ["-mprobe"],
    ["-m", "package"],
    ["-m", "package.module"],
    ["-c"],
    ["-"],
    [],
]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("kind", ["plain", "marked"])
def test_a_program_sees_what_it_sees_under_python(
    programs: Path, kind: str, form: list[str]
) -> None:
    probe = PROBE if kind == "plain" else MARKED_PROBE
    arguments = [*form, *([probe] if form == ["-c"] else []), *(["-x", "--eager"] if form else [])]
    expected = run(*arguments, cwd=programs / kind, stdin=probe)
    got = tfimp(*arguments, cwd=programs / kind, stdin=probe)
    assert expected.returncode == 0, expected.stderr
    assert got.returncode == 0, got.stderr
    theirs, ours = json.loads(expected.stdout), json.loads(got.stdout)
    # The one thing that must differ: a marked module has a loader that rewrites.
    if ours["spec"] and kind == "marked":
        assert ours.pop("loader").startswith("Rewriting")
        del theirs["loader"]
    assert ours == theirs
    if kind == "marked":
        assert got.stderr == ""
    else:
        assert got.stderr.count(NOTE) == 1 and got.stderr.count("\n") == 1


def test_python_options_reach_the_program(programs: Path) -> None:
    arguments = ["-O", "-P"]
    folder = programs / "marked"
    expected = run(*arguments, "probe.py", cwd=folder)
    got = run(*arguments, "-m", "tfimp", "probe.py", cwd=folder)
    assert json.loads(got.stdout) == json.loads(expected.stdout)
    assert json.loads(got.stdout)["flags"] == 1


def test_asserts_are_left_out_under_o(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\nx = 0\nassert x\nprint('ran')\n")
    assert run("-O", "-m", "tfimp", "m.py", cwd=tmp_path).stdout == "ran\n"
    assert tfimp("m.py", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [["m.py"], ["-m", "m"], ["-c", SAYS_WHETHER_REWRITTEN], ["-"]],
)
def test_eager_marks_from_outside(tmp_path: Path, arguments: list[str]) -> None:
    source = SAYS_WHETHER_REWRITTEN
    (tmp_path / "m.py").write_text(source)
    plain = tfimp(*arguments, cwd=tmp_path, stdin=source)
    assert plain.stdout == "False\n"
    eager = tfimp("--eager", *arguments, cwd=tmp_path, stdin=source)
    assert (eager.stdout, eager.stderr) == ("True\n", "")


def test_eager_marks_the_program_and_not_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("import n, o\n")
    for name, head in (("n", ""), ("o", "# tfimp: eager\n")):
        (tmp_path / f"{name}.py").write_text(head + SAYS_WHETHER_REWRITTEN)
    assert tfimp("--eager", "m.py", cwd=tmp_path).stdout == "False\nTrue\n"


# The same errors, to the letter.

FAILING = {
    "in a function": "def f(x):\n    if x / 0:\n        pass\n\nf(1)\n",
    "chained": "def f():\n    try:\n        1 / 0\n    except Exception as e:\n"
    "        raise ValueError(not e) from e\nf()\n",
    "in a context": "try:\n    1 / 0\nexcept Exception:\n    assert not 1, 'message'\n",
    "a group": "raise ExceptionGroup('g', [ValueError(1)])\n",
    "syntax": "x = 1\ndef f(:\n",
    "late syntax": "x = 1\nreturn x\n",
    "status": "import sys\nsys.exit(3)\n",
    "message": "raise SystemExit('message')\n",
    "interrupt": "x = 1\nif x: raise KeyboardInterrupt\n",
    "excepthook": "import sys, traceback\ndef hook(kind, error, tb):\n"
    "    print(kind, error, len(traceback.extract_tb(tb)), tb is error.__traceback__)\n"
    "sys.excepthook = hook\n1 / 0\n",
    "at exit": "import atexit\natexit.register(print, 'bye')\n1 / 0\n",
    "missing import": "import not_there\n",
    "broken import": "import broken\n",
}


@pytest.mark.parametrize("what", FAILING)
def test_errors_and_exit_status_are_pythons(tmp_path: Path, what: str) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\n" + FAILING[what])
    (tmp_path / "broken.py").write_text("# tfimp: eager\ndef f(:\n")
    for form in (["m.py"], ["-c", FAILING[what]]):
        expected = run(*form, cwd=tmp_path)
        got = tfimp("--eager", *form, cwd=tmp_path)
        assert got.stdout == expected.stdout
        assert got.stderr == expected.stderr
        assert got.returncode == expected.returncode


def test_an_interrupt_ends_the_process_by_its_signal(tmp_path: Path) -> None:
    got = tfimp("-c", "raise KeyboardInterrupt", cwd=tmp_path)
    assert got.returncode == -signal.SIGINT


@pytest.mark.parametrize(
    "arguments",
    [["not_there.py"], ["-m", "not_there"], ["-m", "folder"], ["folder"], ["-m", "package.not"]],
)
def test_what_cannot_be_run_is_told_in_pythons_words(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    expected = run(*arguments, cwd=tmp_path)
    got = tfimp(*arguments, cwd=tmp_path)
    assert (got.stderr, got.returncode) == (expected.stderr, expected.returncode)
    assert got.returncode != 0


def test_the_console_script_runs_a_program_as_python_does(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/tfimp"
    script.write_text("import sys\nfrom tfimp.runner import main\nsys.exit(main())\n")
    (tmp_path / "m.py").write_text(MARKED_PROBE + "1 / 0\n")
    expected = run("m.py", cwd=tmp_path)
    got = run(str(script), "m.py", cwd=tmp_path)
    assert json.loads(got.stdout) == json.loads(expected.stdout)
    assert (got.stderr, got.returncode) == (expected.stderr, expected.returncode)


def test_tracebacks_in_full_on_request(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\n1 / 0\n")
    assert "runner.py" not in tfimp("m.py", cwd=tmp_path).stderr
    assert "runner.py" in tfimp("m.py", cwd=tmp_path, TFIMP_TRACEBACK="full").stderr


def test_a_misspelt_directive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eagre\nprint('ran')\n")
    got = tfimp("m.py", cwd=tmp_path)
    assert (got.stdout, got.returncode) == ("", 1)
    assert got.stderr.startswith(f'  File "{tmp_path}/m.py", line 1\n    # tfimp: eagre\n')
    assert "did you mean `# tfimp: eager`?" in got.stderr


def test_classes_of_a_marked_script_can_be_pickled_and_inspected(tmp_path: Path) -> None:
    source = """\
        # tfimp: eager
        import dataclasses, inspect, pickle
        @dataclasses.dataclass
        class Point:
            x: int or None
        assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
        print(inspect.getsource(Point))
        """
    (tmp_path / "m.py").write_text(dedent(source))
    got = tfimp("m.py", cwd=tmp_path)
    assert got.stdout == "@dataclasses.dataclass\nclass Point:\n    x: int or None\n\n", got.stderr


def test_a_file_of_bytecode_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("print('ran', __file__)\n")
    run("-m", "compileall", "-b", "-q", "m.py", cwd=tmp_path)
    got = tfimp("m.pyc", cwd=tmp_path)
    assert got.stdout == run("m.pyc", cwd=tmp_path).stdout == f"ran {tmp_path}/m.pyc\n"


def test_encodings(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(
        "# coding: latin-1\n# tfimp: eager\nassert 'ü' == '\\xfc'".encode("latin-1")
    )
    assert tfimp("m.py", cwd=tmp_path).returncode == 0
    (tmp_path / "m.py").write_bytes(b"# tfimp: eager\nx = '\xff'\n")
    expected = run("m.py", cwd=tmp_path)
    got = tfimp("m.py", cwd=tmp_path)
    assert got.returncode == expected.returncode == 1
    assert "SyntaxError" in got.stderr


# Printing the rewritten source.


def test_show_prints_source_that_runs_the_same(programs: Path) -> None:
    folder = programs / "marked"
    shown = tfimp("--show", "probe.py", "ignored", cwd=folder)
    assert shown.stderr == ""
    assert "import tfimp.runtime.rewritten as _tfimp_" in shown.stdout
    (folder / "probe.py").write_text(shown.stdout)
    assert json.loads(run("probe.py", cwd=folder).stdout)["name"] == "__main__"


@pytest.mark.parametrize("form", FORMS[:-1], ids=" ".join)
def test_show_takes_every_form(programs: Path, form: list[str]) -> None:
    arguments = [*form, *([MARKED_PROBE] if form == ["-c"] else [])]
    got = tfimp("--show", *arguments, cwd=programs / "marked", stdin=MARKED_PROBE)
    assert got.returncode == 0 and got.stderr == ""
    assert "_tfimp_.fetch(" in got.stdout
    compile(got.stdout, "shown", "exec")


def test_show_says_when_the_source_is_not_marked(programs: Path) -> None:
    got = tfimp("--show", "probe.py", cwd=programs / "plain")
    assert "_tfimp_.fetch(" in got.stdout
    assert got.stderr.count("\n") == 1 and "is not marked" in got.stderr
    assert tfimp("--show", "--eager", "probe.py", cwd=programs / "plain").stderr == ""


# The command line itself.


def test_version_and_help(tmp_path: Path) -> None:
    assert tfimp("--version", cwd=tmp_path).stdout.startswith("tfimp ")
    help = tfimp("--help", cwd=tmp_path).stdout
    for word in ("# tfimp: eager", "--eager", "--show", "-m module", "-c code"):
        assert word in help


@pytest.mark.parametrize("arguments", [["--eagre", "m.py"], ["-m"], ["-c"], ["--eager", "-x"]])
def test_a_command_line_that_makes_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    got = tfimp(*arguments, cwd=tmp_path)
    assert got.returncode == 2
    assert "usage: python -m tfimp" in got.stderr and "Traceback" not in got.stderr


# With TensorFlow.


def test_a_marked_script_with_tensorflow(tmp_path: Path) -> None:
    source = """\
        # tfimp: eager
        import tensorflow as tf

        x = tf.constant(10)
        y = tf.constant(32)
        print(x + y)
        if x > 4:
            print(f"greater than {x - 6}")
        y = tf.ones([3])
        while tf.global_norm([y]) < 1000:
            y = y * 2
        print(y)
        for row in tf.constant([[1, 2], [3, 4]]):
            print(row)
        """
    (tmp_path / "m.py").write_text(dedent(source))
    got = tfimp("m.py", cwd=tmp_path, TF_CPP_MIN_LOG_LEVEL="3")
    assert got.stdout.splitlines() == [
        "42",
        "greater than 4",
        "[1024. 1024. 1024.]",
        "[1 2]",
        "[3 4]",
    ], got.stderr
