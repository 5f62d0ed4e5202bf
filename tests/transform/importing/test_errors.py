"""Modules that cannot be imported: the errors and tracebacks are those of Python."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import sys
import traceback
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import MARKED, write


def test_a_syntax_error_is_pythons(folder: Path) -> None:
    write(folder, {"bad.py": "# tfimp: eager\ndef f(:\n"})
    with pytest.raises(SyntaxError) as raised:
        importlib.import_module("bad")
    assert (raised.value.filename, raised.value.lineno) == (str(folder / "bad.py"), 2)
    assert raised.value.msg == "invalid syntax"
    assert "bad" not in sys.modules


SYNTAX_ERRORS = {
    "in the grammar": "def f(:\n",
    "in the symbol table": "def f():\n    global x\n    nonlocal x\n",
    "when compiled": "x = 1\nreturn x\n",
    "in the encoding": "x = '\udcff'\n",
    "in the bytes": "x = '\0'\n",
    "in what it imports": "import not_there_at_all\n",
    "when run": "if 1 / 0: pass\n",
    "in a function": "def f():\n    raise SyntaxError('mine')\nf()\n",
}


@pytest.mark.parametrize("what", SYNTAX_ERRORS)
def test_the_traceback_of_an_import_that_fails_is_pythons(folder: Path, what: str) -> None:
    tracebacks = []
    for comment in ("# not marked ", "# tfimp: eager"):
        source = f"{comment}\n{SYNTAX_ERRORS[what]}"
        (folder / "bad.py").write_bytes(source.encode(errors="surrogateescape"))
        importlib.invalidate_caches()
        with pytest.raises(Exception) as raised:
            import bad  # noqa: F401
        tracebacks.append("".join(traceback.format_exception(raised.value)))
        assert "bad" not in sys.modules
        linecache.clearcache()
    unmarked, marked = tracebacks
    assert marked == unmarked
    assert "importlib" not in marked and "importer.py" not in marked.replace(__file__, "")


def test_the_traceback_of_a_misspelt_directive_shows_the_users_lines_alone(folder: Path) -> None:
    write(folder, {"bad.py": "# tfimp: eagre\n"})
    with pytest.raises(SyntaxError) as raised:
        import bad  # noqa: F401
    assert [entry.path for entry in raised.traceback] == [Path(__file__)]


def test_the_traceback_of_a_bad_module_in_a_zip_archive_shows_no_frame_of_tfimp(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(folder / "bad.zip", "w") as file:
        file.writestr("zipped_bad.py", "# tfimp: eager\ndef f(:\n")
        file.writestr("zipped_directive.py", "# tfimp: eagre\n")
    monkeypatch.syspath_prepend(folder / "bad.zip")
    for name in ("zipped_bad", "zipped_directive"):
        with pytest.raises(SyntaxError) as raised:
            exec(f"import {name}")
        files = {Path(entry.path).name for entry in raised.traceback}
        assert not files & {"importer.py", "other_loaders.py", "rewriter.py", "directives.py"}


def test_a_fault_of_tfimp_itself_shows_where_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault")

    monkeypatch.setattr("tfimp.transform.rewriter.rewrite", fail)
    write(folder, {"m.py": MARKED})
    with pytest.raises(RuntimeError, match="a fault") as raised:
        importlib.import_module("m")
    assert raised.traceback[-1].frame.code.name == "fail"


def test_a_misspelt_directive_is_refused_when_the_module_is_loaded(folder: Path) -> None:
    write(folder, {"bad.py": "# tfimp: eagre\nvalue = 1\n"})
    assert importlib.util.find_spec("bad") is not None
    with pytest.raises(SyntaxError, match="did you mean"):
        importlib.import_module("bad")


def test_a_misspelt_directive_in_a_zip_archive(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(folder / "bad.zip", "w") as file:
        file.writestr("zipped_bad.py", "# tfimp: eagre\n")
    monkeypatch.syspath_prepend(folder / "bad.zip")
    with pytest.raises(SyntaxError, match="did you mean"):
        importlib.import_module("zipped_bad")


def test_a_module_that_is_not_there(folder: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'not_there'"):
        importlib.import_module("not_there")
