"""When code comes from the cache: not once the source has changed."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from typing import Any

import gast
import pytest

import tfimp
from tfimp.transform import rewriter

from .conftest import LONG_AGO, MARKED, ROOT, SECOND, Project


def test_a_second_import_compiles_nothing(project: Project) -> None:
    project.write("m.py", MARKED)
    assert not project.uses_the_cache()
    assert project.uses_the_cache()
    assert sys.modules["m"].value == 2


def test_cached_code_is_the_code_that_was_compiled(project: Project) -> None:
    project.write("m.py", MARKED + "def f(x):\n    print(x, 1 if x else f'{x}')\n")
    first, second = (project.load().__loader__.get_code("m") for _ in range(2))  # type: ignore
    assert len(project.compiled) == 1
    assert first == second
    assert list(first.co_positions()) == list(second.co_positions())


def test_a_hit_needs_neither_the_rewriter_nor_the_tokenizer(project: Project) -> None:
    project.write("m.py", MARKED)
    project.load()
    code = (
        "import sys, tfimp, m; print('_tfimp_' in vars(m),"
        " {'ast', 'gast', 'tokenize', 'tfimp.transform.rewriter'} & {*sys.modules})"
    )
    # Without `site`, whose files may import anything.
    libraries = os.path.dirname(os.path.dirname(gast.__file__))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), libraries])}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=project.folder, env=env, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout == "True set()\n", done.stderr


def test_packages_and_modules_that_were_named(project: Project) -> None:
    project.write("pk/__init__.py", "value = 1\nif value: value = 2\n")
    project.write("pk/a.py", "value = 1\nif value: value = 2\n")
    with tfimp.install(["pk"]):
        assert not project.uses_the_cache("pk")
        assert not project.uses_the_cache("pk.a")
        assert project.uses_the_cache("pk")
        assert project.uses_the_cache("pk.a")
    # The code is the same, but no longer asked for.
    assert "_tfimp_" not in vars(project.load("pk.a"))


def test_reload(project: Project) -> None:
    project.write("m.py", MARKED)
    module = project.load()
    importlib.reload(module)
    assert len(project.compiled) == 1
    project.write("m.py", MARKED + "value = 3\n", LONG_AGO + SECOND)
    assert importlib.reload(module).value == 3
    assert importlib.reload(module).value == 3
    assert len(project.compiled) == 2


def test_a_folder_that_was_moved_keeps_its_cache_and_tracebacks_name_the_new_place(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("here/m.py", MARKED + "def f(): pass\n")
    monkeypatch.syspath_prepend(project.folder / "here")
    project.load()
    shutil.move(project.folder / "here", project.folder / "there")
    monkeypatch.syspath_prepend(project.folder / "there")
    assert project.uses_the_cache()
    assert sys.modules["m"].f.__code__.co_filename == str(project.folder / "there/m.py")


@pytest.mark.parametrize("later", [SECOND * 3600, SECOND, 1, -1, -SECOND])
def test_an_edit_is_noticed_also_within_a_second_and_of_the_same_size(
    project: Project, later: int
) -> None:
    project.write("m.py", MARKED)
    project.load()
    project.write("m.py", MARKED.replace("value = 2", "value = 7"), LONG_AGO + later)
    assert not project.uses_the_cache() and sys.modules["m"].value == 7
    assert project.uses_the_cache() and sys.modules["m"].value == 7


def test_an_edit_of_another_size_is_noticed_whatever_the_time(project: Project) -> None:
    project.write("m.py", MARKED)
    project.load()
    project.write("m.py", MARKED + "value = 3\n")
    assert not project.uses_the_cache() and sys.modules["m"].value == 3


def test_a_time_without_its_nanoseconds_is_the_same(project: Project) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    whole = LONG_AGO - LONG_AGO % SECOND
    os.utime(source, ns=(whole, whole))
    assert project.uses_the_cache()


@pytest.mark.parametrize(
    ("written", "age", "kept"),
    [
        (LONG_AGO, 1_000_000, False),  # the clock of the file system may not have ticked yet
        (LONG_AGO, SECOND, True),
        (LONG_AGO - LONG_AGO % SECOND, SECOND, False),  # and here it seems to tick slowly
        (LONG_AGO - LONG_AGO % SECOND, 3 * SECOND, True),
        (LONG_AGO, -SECOND, False),  # a time that is yet to come
    ],
)
def test_a_source_that_may_change_again_without_a_change_of_its_time_is_not_cached(
    project: Project, monkeypatch: pytest.MonkeyPatch, written: int, age: int, kept: bool
) -> None:
    project.write("m.py", MARKED, written)
    monkeypatch.setattr("time.time_ns", lambda: written + age)
    assert not project.uses_the_cache()
    assert project.uses_the_cache() is kept


def test_an_edit_while_the_module_is_compiled_is_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite_it = rewriter.rewrite

    def edit_meanwhile(*arguments: Any) -> ast.Module:
        monkeypatch.setattr(rewriter, "rewrite", rewrite_it)
        project.write("m.py", MARKED.replace("value = 2", "value = 7"), LONG_AGO + 1)
        return rewrite_it(*arguments)

    project.write("m.py", MARKED)
    monkeypatch.setattr(rewriter, "rewrite", edit_meanwhile)
    assert project.load().value == 2
    assert project.load().value == 7
