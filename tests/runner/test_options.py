"""The options of the command line, those of python before it, and the environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.runner.probe import FORMS, MARKED_PROBE
from tests.runner.processes import LONGEST_WAIT, SAYS_WHETHER_REWRITTEN, check_same, run, tfimp
from tfimp.runner.command_line import OPTIONS


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


def test_disabled_everything_runs_as_plain_python(tmp_path: Path) -> None:
    source = "# tfimp: eager\n" + SAYS_WHETHER_REWRITTEN
    (tmp_path / "m.py").write_text(source + "import n\n")
    (tmp_path / "n.py").write_text(source)
    got = tfimp("--eager", "m.py", cwd=tmp_path, TFIMP_DISABLE="1")
    assert (got.stdout, got.stderr) == ("False\nFalse\n", "")
    # Not even the comment is looked at, nor is a note written of a script without one.
    (tmp_path / "m.py").write_text("# tfimp: eagre\nprint('ran')\n")
    got = tfimp("m.py", cwd=tmp_path, TFIMP_DISABLE="1")
    assert (got.stdout, got.stderr) == ("ran\n", "")


# Options of python.


def test_asserts_are_left_out_under_o(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\nx = 0\nassert x\nprint('ran')\n")
    assert run("-O", "-m", "tfimp", "m.py", cwd=tmp_path).stdout == "ran\n"
    assert tfimp("m.py", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("ending", ["", "1 / 0\n", "raise SystemExit(3)\n"])
def test_i_leaves_a_prompt_in_the_programs_namespace(tmp_path: Path, ending: str) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\nx = 1\nif x: y = 41\n" + ending)
    inputs = "y + x\nimport sys\nhasattr(sys, 'last_traceback')\n__name__\n__file__\n"
    expected = run("-i", "m.py", cwd=tmp_path, stdin=inputs)
    got = run("-i", "-m", "tfimp", "m.py", cwd=tmp_path, stdin=inputs)
    assert "42" in got.stdout
    assert (got.stdout, got.stderr) == (expected.stdout, expected.stderr)
    assert got.returncode == expected.returncode


def test_import_times_show_the_programs_imports(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# tfimp: eager\nimport n\n")
    (tmp_path / "n.py").write_text("# tfimp: eager\nprint('ran')\n")
    got = run("-X", "importtime", "-m", "tfimp", "m.py", cwd=tmp_path)
    assert got.stdout == "ran\n"
    assert [line.split()[-1] for line in got.stderr.splitlines()][-1] == "n"


# Printing the rewritten source.


def test_show_prints_source_that_runs_the_same(programs: Path, tmp_path: Path) -> None:
    shown = tfimp("--show", "probe.py", "ignored", cwd=programs / "marked")
    assert shown.stderr == ""
    assert "import tfimp.runtime.rewritten as _tfimp_" in shown.stdout
    (tmp_path / "probe.py").write_text(shown.stdout)
    assert json.loads(run("probe.py", cwd=tmp_path).stdout)["name"] == "__main__"


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
    for word in ("# tfimp: eager", "-m module", "-c code", "TFIMP_DISABLE=1", "python -O -m tfimp"):
        assert word in help
    for names, _, text in OPTIONS:
        assert all(name in help for name in names) and text in help


@pytest.mark.parametrize(
    "arguments",
    [["--eagre", "m.py"], ["-m"], ["-c"], ["--eager", "-x"], ["--print-completion", "fish"]],
)
def test_a_command_line_that_makes_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    got = tfimp(*arguments, cwd=tmp_path)
    assert got.returncode == 2
    assert "usage: tfimp" in got.stderr and "Traceback" not in got.stderr


def test_what_follows_the_program_is_the_programs_own(tmp_path: Path) -> None:
    source = "# tfimp: eager\nimport sys\nprint(sys.argv)\n"
    got = check_same("-c", source, "--version", "-m", "--", "--eager=1", cwd=tmp_path)
    assert got.stdout == "['-c', '--version', '-m', '--', '--eager=1']\n"


def test_bash_completes_the_options_and_files(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    script = tfimp("--print-completion", "bash", cwd=tmp_path).stdout
    (tmp_path / "train.py").write_text("")

    def completions(word: str) -> list[str]:
        ask = f"COMP_WORDS=(tfimp {word}); COMP_CWORD=1; _shtab_tfimp tfimp {word} tfimp"
        command = f'{script}\n{ask}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
        ended = subprocess.run(
            [bash, "-c", command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LONGEST_WAIT,
        )
        return ended.stdout.split()

    assert set(completions("--")) == {
        name for names, _, _ in OPTIONS for name in names if name.startswith("--")
    }
    assert completions("tr") == ["train.py"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_there_are_completions_for_other_shells(tmp_path: Path, shell: str) -> None:
    got = tfimp(f"--print-completion={shell}", cwd=tmp_path)
    assert got.returncode == 0 and "eager" in got.stdout
