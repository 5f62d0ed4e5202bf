"""The import hook: what it rewrites, and what it leaves alone."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfimp import install

from .conftest import MARKED, UNMARKED, is_rewritten, python, write


def test_only_marked_modules_are_rewritten(folder: Path) -> None:
    write(folder, {"marked.py": MARKED, "unmarked.py": UNMARKED})
    assert is_rewritten(importlib.import_module("marked"))
    assert not is_rewritten(importlib.import_module("unmarked"))


def test_unmarked_modules_keep_their_loader(folder: Path) -> None:
    write(folder, {"unmarked.py": UNMARKED})
    assert type(importlib.import_module("unmarked").__loader__) is SourceFileLoader


def test_named_packages_and_what_is_below_them(folder: Path) -> None:
    write(folder, {"pk/__init__.py": UNMARKED, "pk/a.py": UNMARKED, "pk/sub/__init__.py": UNMARKED})
    write(
        folder,
        {
            "pk/sub/b.py": UNMARKED,
            "pkx.py": UNMARKED,
            "other/__init__.py": "",
            "other/pk.py": UNMARKED,
        },
    )
    with install(packages=["pk"]):
        for name in ("pk", "pk.a", "pk.sub", "pk.sub.b"):
            assert is_rewritten(importlib.import_module(name)), name
        for name in ("pkx", "other.pk"):
            assert not is_rewritten(importlib.import_module(name)), name


def test_one_module_of_a_package_by_name(folder: Path) -> None:
    write(folder, {"pk/__init__.py": UNMARKED, "pk/a.py": UNMARKED, "pk/b.py": UNMARKED})
    with install(["pk.a"]):
        assert is_rewritten(importlib.import_module("pk.a"))
        assert not is_rewritten(importlib.import_module("pk.b"))
        assert not is_rewritten(importlib.import_module("pk"))


def test_uninstall_takes_away_what_install_put_there(folder: Path) -> None:
    write(folder, {"a.py": UNMARKED, "b.py": UNMARKED, "d.py": MARKED})
    first, second = install(["a", "b"]), install(["b"])
    first.uninstall()
    first.uninstall()
    assert not is_rewritten(importlib.import_module("a"))
    assert is_rewritten(importlib.import_module("b"))
    second.uninstall()
    # `import tfimp` has a handle of its own.
    assert is_rewritten(importlib.import_module("d"))


def test_the_finder_stands_in_front_and_once() -> None:
    class Finder:
        def find_spec(self, *_: object) -> None:
            return None

    other: Any = Finder()
    sys.meta_path.insert(0, other)
    try:
        with install():
            assert sys.meta_path.index(other) == 1
            names = [type(finder).__name__ for finder in sys.meta_path]
            assert names.count("_Finder") == 1
    finally:
        sys.meta_path.remove(other)


def test_without_a_handle_left_the_finder_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys; from tfimp.transform import importer; before = len(sys.meta_path)\n"
        "for handle in list(importer._finder._handles): handle.uninstall()\n"
        "print(before - len(sys.meta_path))\n"
        "import m; print('_tfimp_' in vars(m))"
    )
    write(tmp_path, {"m.py": MARKED})
    assert python("-c", code, cwd=tmp_path).stdout.split() == ["1", "False"]


def test_a_string_is_no_list_of_packages() -> None:
    with pytest.raises(TypeError, match="list of names"):
        install("pk")


def test_import_tfimp_imports_little(tmp_path: Path) -> None:
    slow = {"tensorflow", "numpy", "gast", "ast", "tokenize", "re", "typing"}
    code = f"import sys, tfimp; print(sorted({slow} & {{*sys.modules}}))"
    # Without `site`, whose files may import anything.
    assert python("-S", "-c", code, cwd=tmp_path).stdout.strip() == "[]"


def test_the_rewriters_own_modules_among_the_named(tmp_path: Path) -> None:
    code = (
        "import tfimp; tfimp.install(['gast', 'ast', 'tfimp', 'textwrap', 'm'])\n"
        "import m, textwrap; print('_tfimp_' in vars(m), '_tfimp_' in vars(textwrap))"
    )
    write(tmp_path, {"m.py": UNMARKED})
    done = python("-c", code, cwd=tmp_path)
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_a_module_imported_before_the_hook_is_told_of(folder: Path) -> None:
    write(folder, {"early.py": UNMARKED})
    importlib.import_module("early")
    with pytest.warns(RuntimeWarning, match="early .* imported before tfimp's hook") as warned:
        install(["early"]).uninstall()
    assert warned[0].filename == str(folder / "early.py")


def test_a_marked_module_imported_before_the_hook_is_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, {"early.py": MARKED})
    spec = importlib.util.spec_from_loader(
        "early", SourceFileLoader("early", str(folder / "early.py"))
    )
    assert spec is not None
    monkeypatch.setitem(sys.modules, "early", importlib.util.module_from_spec(spec))
    # Without TensorFlow it could not have missed anything yet.
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    with pytest.warns(RuntimeWarning, match="early is marked but was imported before"):
        install().uninstall()


def test_a_marked_script_run_by_python_is_told_how_to_run(tmp_path: Path) -> None:
    write(tmp_path, {"script.py": "# tfimp: eager\nimport tfimp\nprint('ran')\n"})
    done = python("script.py", cwd=tmp_path)
    assert done.stdout == "ran\n"
    assert "RuntimeWarning" in done.stderr and "python -m tfimp" in done.stderr


@pytest.mark.parametrize(
    ("value", "rewritten"), [("1", False), ("yes", False), ("0", True), ("", True)]
)
def test_disabled_by_the_environment_nothing_is_rewritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, rewritten: bool
) -> None:
    write(folder, {"m.py": MARKED, "pk.py": UNMARKED, "bad.py": "# tfimp: eagre\nvalue = 2\n"})
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setenv("TFIMP_DISABLE", value)
    handle = install(["pk"])
    try:
        assert is_rewritten(importlib.import_module("m")) is rewritten
        assert is_rewritten(importlib.import_module("pk")) is rewritten
        if not rewritten:
            assert not is_rewritten(importlib.import_module("bad"))
            assert type(sys.modules["m"].__loader__) is SourceFileLoader
    finally:
        handle.uninstall()
