"""The processes that a program starts through multiprocessing are run as the program is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.runner.processes import ROOT, SAYS_WHETHER_REWRITTEN, Ended, run, tfimp

# Prints what a worker sees: a pool's, an executor's, and that of a pool in a child.
PROGRAM = """\
# tfimp: eager
import concurrent.futures, multiprocessing, other, sys

def seen():
    x = 3
    if x: pass
    names = sorted(name for name in globals() if not name.startswith("_tf"))
    main = sys.modules["__main__"]
    loader = __loader__ and "a loader"
    spec = __spec__ and __spec__.name
    return (names, __name__, main.__file__, main is sys.modules.get("__mp_main__"), __package__,
            spec, loader, sys.argv, sys.path)

def rewritten():
    return any(name.startswith("_tf") for name in globals()), other.rewritten()

def in_a_child(method, function):
    with multiprocessing.get_context(method).Pool(1) as pool:
        return pool.apply(function)

if __name__ == "__main__":
    method = sys.argv[1]
    context = multiprocessing.get_context(method)
    print(in_a_child(method, seen))
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        print(executor.submit(in_a_child, method, seen).result())
        for child in (in_a_child(method, rewritten), executor.submit(rewritten).result(),
                      executor.submit(in_a_child, method, rewritten).result()):
            print(child, file=sys.stderr)
"""
OTHER = """\
# tfimp: eager
def rewritten():
    x = 3
    if x: pass
    return any(name.startswith("_tf") for name in globals())
"""
ALL_OF_THEM = "(True, True)\n" * 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.py").write_text(PROGRAM)
    (tmp_path / "unmarked.py").write_text(PROGRAM.partition("\n")[2])
    (tmp_path / "other.py").write_text(OTHER)
    return tmp_path


def children(*arguments: str, cwd: Path, **changes: str) -> str:
    """Whether the children are rewritten.  They see what they see under python."""
    plain = [argument for argument in arguments if argument != "--eager"]
    expected = run(*plain, cwd=cwd)
    got = tfimp(*arguments, cwd=cwd, **changes)
    assert expected.returncode == 0, expected.stderr
    assert got.stdout == expected.stdout, got.stderr
    return got.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_the_children_of_a_marked_script_are_rewritten(folder: Path, method: str) -> None:
    assert children("m.py", method, cwd=folder) == ALL_OF_THEM


def test_the_children_of_a_marked_module_are_rewritten(folder: Path) -> None:
    assert children("-m", "m", "spawn", cwd=folder) == ALL_OF_THEM


@pytest.mark.parametrize("form", [["unmarked.py"], ["-m", "unmarked"]])
def test_the_children_of_a_script_marked_from_outside_are_rewritten(
    folder: Path, form: list[str]
) -> None:
    assert children("--eager", *form, "spawn", cwd=folder) == ALL_OF_THEM


def test_the_children_of_an_unmarked_script_have_the_import_hook_alone(folder: Path) -> None:
    note, *rest = children("unmarked.py", "spawn", cwd=folder).splitlines()
    assert "is not marked" in note
    assert rest == ["(False, True)"] * 3


def test_children_are_plain_when_everything_is(folder: Path) -> None:
    got = children("m.py", "spawn", cwd=folder, TFIMP_DISABLE="1")
    assert got == "(False, False)\n" * 3


def test_children_find_tfimp_where_the_parent_found_it(tmp_path: Path) -> None:
    # It stands in the folder that the parent was started in, and nowhere else.
    source = """\
import multiprocessing, os, sys
def f(x):
    if x: return any(name.startswith("_tf") for name in globals())
if __name__ == "__main__":
    os.chdir("/")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(f, (1,)))
"""
    (tmp_path / "m.py").write_text("# tfimp: eager\n" + source)
    libraries = ":".join(path for path in sys.path if path.endswith("-packages"))
    script = str(tmp_path / "m.py")
    got = run("-S", "-m", "tfimp", script, cwd=ROOT, PYTHONPATH=libraries)
    assert (got.stdout, got.stderr) == ("True\n", "")


def test_children_of_another_executable_and_with_a_preloading_fork_server(tmp_path: Path) -> None:
    source = """\
import multiprocessing, other, sys
def f(x):
    if x: return any(name.startswith("_tf") for name in globals()), other.rewritten()
if __name__ == "__main__":
    multiprocessing.set_executable(sys.argv[1])
    multiprocessing.set_forkserver_preload(["__main__", "other"])
    for method in ("spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.apply(f, (1,)))
"""
    (tmp_path / "m.py").write_text("# tfimp: eager\n" + source)
    (tmp_path / "other.py").write_text(OTHER)
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\necho started\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    got = tfimp("m.py", str(wrapper), cwd=tmp_path, PYTHONPATH=f"{ROOT}:{tmp_path}")
    lines = got.stdout.splitlines()
    assert "started" in lines
    assert [line for line in lines if line != "started"] == ["(True, True)"] * 2, got.stderr


def test_other_subprocesses_stay_plain(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text("# tfimp: eager\n" + SAYS_WHETHER_REWRITTEN)
    (tmp_path / "m.py").write_text(
        "# tfimp: eager\nimport multiprocessing.spawn, subprocess, sys\n"
        "subprocess.run([sys.executable, 'child.py'])\n"
    )
    assert tfimp("m.py", cwd=tmp_path).stdout == "False\n"


FAILING = {
    "in main": "if __name__ != '__main__':\n    import broken\n",
    "in the child": "def f():\n    import broken\n",
}


@pytest.mark.parametrize("where", FAILING)
def test_errors_of_children_show_no_frame_of_tfimp(tmp_path: Path, where: str) -> None:
    source = f"""\
# tfimp: eager
import multiprocessing, sys
f = print
{FAILING[where]}
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=f)
    process.start()
    process.join()
    print(process.exitcode)
"""
    (tmp_path / "m.py").write_text(source)
    (tmp_path / "broken.py").write_text("# tfimp: eager\n1 / 0\n")

    def told(ended: Ended) -> list[str]:
        return [line for line in ended.stderr.splitlines() if "<frozen runpy>" not in line]

    expected, got = run("m.py", cwd=tmp_path), tfimp("m.py", cwd=tmp_path)
    assert got.stdout == expected.stdout == "1\n"
    assert told(got) == told(expected)
