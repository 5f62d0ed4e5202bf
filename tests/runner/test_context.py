"""A program sees what it sees under python, however it was started."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.runner.probe import FORMS, KINDS, MARKED_PROBE, PROBE
from tests.runner.processes import run, tfimp

NOTE = "is not marked (# tfimp: eager), running it unchanged"


@pytest.mark.parametrize(
    ("kind", "form"),
    [*(("marked", form) for form in FORMS), *(("plain", form) for form in KINDS)],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
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
    arguments = ["-O", "-P", "-W", "error", "-X", "utf8"]
    folder = programs / "marked"
    expected = run(*arguments, "probe.py", cwd=folder)
    got = run(*arguments, "-m", "tfimp", "probe.py", cwd=folder)
    assert json.loads(got.stdout) == json.loads(expected.stdout)
    assert "" not in json.loads(got.stdout)["path"]


def test_the_console_script_runs_a_program_as_python_does(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/tfimp"
    script.write_text("import sys\nfrom tfimp.runner import main\nsys.exit(main())\n")
    (tmp_path / "m.py").write_text(MARKED_PROBE + "1 / 0\n")
    expected = run("m.py", cwd=tmp_path)
    got = run(str(script), "m.py", cwd=tmp_path)
    assert json.loads(got.stdout) == json.loads(expected.stdout)
    assert (got.stderr, got.returncode) == (expected.stderr, expected.returncode)


def test_files_beside_the_program_are_not_taken_for_what_the_rewriter_needs(tmp_path: Path) -> None:
    # The program imports none of them; nor did python.
    for name in ("ast", "gast", "typing", "tokenize", "threading", "copy", "astunparse"):
        (tmp_path / f"script/{name}.py").parent.mkdir(exist_ok=True)
        (tmp_path / f"script/{name}.py").write_text("raise Exception('the wrong one')\n")
    (tmp_path / "script/m.py").write_text("# tfimp: eager\nx = 1\nif x: print('ran')\n")
    got = tfimp("script/m.py", cwd=tmp_path)
    assert (got.stdout, got.stderr) == ("ran\n", "")


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
