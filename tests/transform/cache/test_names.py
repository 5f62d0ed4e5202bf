"""The cache's files and Python's own, and one for each version and set of options."""

from __future__ import annotations

import compileall
import importlib
import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import tfimp
from tfimp.transform import cache, importer

from .conftest import LONG_AGO, MARKED, ROOT, SECOND, Project, plain_path


def test_pythons_own_bytecode_is_neither_read_nor_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    assert project.cached() and not project.plain()
    with monkeypatch.context() as context:
        context.setattr(sys, "meta_path", [f for f in sys.meta_path if f is not importer._finder])
        assert "_tfimp_" not in vars(project.load())
    assert project.plain() == [plain_path(source)]
    before = plain_path(source).read_bytes()
    assert project.uses_the_cache()
    project.cached()[0].unlink()
    assert not project.uses_the_cache()
    assert plain_path(source).read_bytes() == before


def test_modules_that_a_marked_one_imports_are_cached_as_ever(project: Project) -> None:
    # Hooks that patch `cache_from_source` cache them under their own name.
    project.write("m.py", MARKED + "import n\n")
    source = project.write("n.py", "value = 2\n")
    project.load()
    assert project.plain() == [plain_path(source)]
    assert [path.name.split(".")[0] for path in project.cached()] == ["m"]


def test_the_name_says_what_made_it_and_tools_find_the_source(project: Project) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    (path,) = project.cached()
    tag = f"{sys.implementation.cache_tag}-tfimp-{cache.fingerprint(str(ROOT / 'tfimp/transform'))}"
    assert path.name == f"m.{tag}.pyc"
    assert importlib.util.source_from_cache(str(path)) == str(source)


def test_the_module_names_the_file_of_plain_bytecode_as_under_python(project: Project) -> None:
    source = project.write("m.py", MARKED)
    for _ in range(2):
        module = project.load()
        assert module.__cached__ == module.__spec__.cached == str(plain_path(source))  # type: ignore


def test_compileall_and_the_cache_leave_each_other_alone(project: Project) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    (path,) = project.cached()
    before = path.read_bytes()
    assert compileall.compile_dir(project.folder, quiet=1, force=True)
    assert path.read_bytes() == before and plain_path(source).exists()
    assert project.uses_the_cache()


@pytest.mark.parametrize("policy", ["default", "always", "never"])
def test_hash_based_bytecode_of_python_makes_no_difference(
    project: Project, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    source = project.write("m.py", MARKED)
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    monkeypatch.setattr("_imp.check_hash_based_pycs", policy)
    assert not project.uses_the_cache()
    assert project.uses_the_cache()
    project.write("m.py", MARKED + "value = 3\n", LONG_AGO + SECOND)
    assert not project.uses_the_cache() and sys.modules["m"].value == 3


def test_disabled_by_the_environment_the_plain_cache_is_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    with monkeypatch.context() as context:
        context.setattr(sys, "meta_path", list(sys.meta_path))
        context.setenv("TFIMP_DISABLE", "1")
        handle = tfimp.install()
        assert "_tfimp_" not in vars(project.load())
        assert type(sys.modules["m"].__loader__) is SourceFileLoader
        handle.uninstall()
    assert project.plain() == [plain_path(source)]
    assert project.uses_the_cache()


def test_optimised_code_has_files_of_its_own(project: Project) -> None:
    source = project.write("m.py", MARKED + "def f():\n    'doc'\n    assert not value, 'kept'\n")
    code = "import tfimp, m\ntry: m.f(); print(m.f.__doc__)\nexcept AssertionError as e: print(e)"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    for level, said in (("-B", "kept"), ("-O", "doc"), ("-OO", "None")):
        for _ in range(2 if level == "-O" else 1):
            done = subprocess.run(
                [sys.executable, level, "-c", code], cwd=source.parent, env=env,
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.stdout.strip() == said, done.stderr
    assert {path.suffixes[-2] for path in project.cached()} == {".opt-1", ".opt-2"}


def test_another_tag_is_another_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("m.py", MARKED)
    project.load()
    monkeypatch.setattr(cache, "_known_tag", "0badcafe")
    assert not project.uses_the_cache()
    assert project.uses_the_cache()
    assert len(project.cached()) == 2


def test_the_tag_changes_with_the_rewriter_its_version_and_gast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "transform"
    shutil.copytree(ROOT / "tfimp/transform", folder)
    tags = [cache.fingerprint(str(folder))]
    assert cache.fingerprint(str(folder)) == tags[0]

    def changed() -> None:
        tags.append(cache.fingerprint(str(folder)))
        assert len(set(tags)) == len(tags)

    with open(folder / "rewriter.py", "a") as file:
        file.write("# changed\n")
    changed()
    os.utime(folder / "loops.py", ns=(LONG_AGO, LONG_AGO))
    changed()
    (folder / "new_construct.py").touch()
    changed()
    (folder / ".notes.swp").touch()
    (folder / "__pycache__").mkdir(exist_ok=True)
    assert cache.fingerprint(str(folder)) == tags[-1]
    monkeypatch.setattr(tfimp, "__version__", "99.0")
    changed()
    other_gast = tmp_path / "gast.py"
    other_gast.touch()
    spec = importlib.util.spec_from_file_location("gast", other_gast)
    monkeypatch.setattr("importlib.machinery.PathFinder.find_spec", lambda *_: spec)
    changed()


def test_a_rewriter_that_cannot_be_told_from_others_caches_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.fingerprint(str(project.folder / "archive.zip/tfimp/transform")) == ""
    monkeypatch.setattr(cache, "_known_tag", "")
    project.write("m.py", MARKED)
    assert not project.uses_the_cache()
    assert not project.uses_the_cache()
    assert not project.cached() and not project.plain()


def test_a_file_that_is_imported_under_two_names(project: Project) -> None:
    # The code holds the name of the module.
    project.write("pk/__init__.py", "")
    project.write("pk/m.py", MARKED + "for x in range(3): pass\n")
    sys.path.insert(0, str(project.folder / "pk"))
    code: dict[str, CodeType] = {}
    for name in ("m", "pk.m", "m"):
        assert not project.uses_the_cache(name)
        assert project.uses_the_cache(name)
        loader: Any = sys.modules[name].__loader__
        assert code.setdefault(name, loader.get_code(name)) == loader.get_code(name)
    sys.path.remove(str(project.folder / "pk"))
