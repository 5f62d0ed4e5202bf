"""Writing the files of the cache, damage to them, and warnings that they must not swallow."""

from __future__ import annotations

import ast
import py_compile
import sys
import threading
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

from tfimp.transform import rewriter
from tfimp.transform.importer import RewritingFileLoader

from .conftest import LONG_AGO, MARKED, SECOND, Project


def _without_a_block(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(64) + data[middle + 64 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "only the header": lambda data: data[:16],
    "half": lambda data: data[: len(data) // 2],
    "without its last byte": lambda data: data[:-1],
    "with a byte too many": lambda data: data + b"\0",
    "zeros at the end": lambda data: data[:-40] + bytes(40),
    "nothing but zeros": lambda data: bytes(len(data)),
    "zeros in the middle": _without_a_block,
    "text": lambda data: b"# tfimp: eager\n" * 100,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_replaced(project: Project, damage: Callable[[bytes], bytes]) -> None:
    project.write("m.py", MARKED)
    project.load()
    (path,) = project.cached()
    path.write_bytes(damage(path.read_bytes()))
    assert not project.uses_the_cache() and sys.modules["m"].value == 2
    assert project.uses_the_cache()


def test_plain_bytecode_in_its_place_is_replaced(project: Project) -> None:
    source = project.write("m.py", MARKED)
    project.load()
    (path,) = project.cached()
    py_compile.compile(str(source), cfile=str(path))
    assert not project.uses_the_cache()
    assert project.uses_the_cache()


def test_a_file_is_replaced_and_never_written_over(project: Project) -> None:
    project.write("m.py", MARKED)
    project.load()
    (path,) = project.cached()
    before = path.read_bytes()
    with open(path, "rb") as reader:
        project.write("m.py", MARKED + "value = 3\n", LONG_AGO + SECOND)
        project.load()
        assert reader.read() == before
    assert path.read_bytes() != before


def test_many_writers_at_once(project: Project) -> None:
    path = str(project.write("m.py", MARKED))
    barrier = threading.Barrier(4)
    values: list[object] = []

    def load_again_and_again() -> None:
        barrier.wait()
        for _ in range(15):
            for file in project.cached():
                file.unlink(missing_ok=True)
            namespace: dict[str, object] = {}
            exec(RewritingFileLoader("m", path).get_code("m"), namespace)
            values.append(namespace["value"])

    threads = [threading.Thread(target=load_again_and_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [2] * 60
    project.load()
    assert project.uses_the_cache()
    assert not project.plain()  # nor a file that was begun


def test_a_folder_that_cannot_be_written(project: Project) -> None:
    # A file where the folder should be refuses the superuser too.
    project.write("m.py", MARKED)
    (project.folder / "__pycache__").write_text("")
    assert not project.uses_the_cache()
    assert not project.uses_the_cache()


def test_python_without_a_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("m.py", MARKED)
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    assert not project.uses_the_cache()
    assert not project.uses_the_cache()


def test_a_cache_in_a_folder_of_its_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("m.py", MARKED)
    prefix = project.folder / "prefix"
    monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
    assert not project.uses_the_cache()
    assert project.uses_the_cache()
    assert [path.is_relative_to(prefix) for path in project.cached()] == [True]
    assert not (project.folder / "__pycache__").exists()


def test_no_bytecode_is_written_when_none_is_wanted_but_it_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("m.py", MARKED)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert not project.uses_the_cache()
    assert not project.cached()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    project.load()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert project.uses_the_cache()


def test_who_may_not_read_the_source_may_not_read_the_cache(project: Project) -> None:
    source = project.write("m.py", MARKED)
    source.chmod(0o600)
    project.load()
    (path,) = project.cached()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_loader_that_compiles_in_a_way_of_its_own_is_not_cached(project: Project) -> None:
    class Loader(RewritingFileLoader):
        def source_to_code(self, data: Any, path: str, **options: Any) -> CodeType:  # type: ignore
            return compile("value = 5", path, "exec")

    path = str(project.write("m.py", MARKED))
    project.load()
    namespace: dict[str, Any] = {}
    exec(Loader("m", path).get_code("m"), namespace)
    assert namespace["value"] == 5
    assert project.uses_the_cache()


def _warnings_of(load: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load()
    return [f"{warning.lineno}: {warning.message}" for warning in caught]


def test_warnings_of_tfimp_do_not_vanish_with_the_second_import(project: Project) -> None:
    project.write("m.py", MARKED + "# tfimp: eager\n")
    first, second = (_warnings_of(project.load) for _ in range(2))
    assert first == second
    assert len(first) == 1 and "has no effect here" in first[0]


def test_nor_does_the_warning_of_a_module_that_runs_unchanged(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_as_python_3_12(source: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(source, ast.AST):
            raise RecursionError("a tree that is too deep")
        return compile(source, *arguments, **options)

    project.write("m.py", MARKED)
    with monkeypatch.context() as context:
        context.setattr(rewriter, "compile", compile_as_python_3_12, raising=False)
        first, second = (_warnings_of(project.load) for _ in range(2))
    assert first == second
    assert len(first) == 1 and "nested too deeply" in first[0]
    assert not project.uses_the_cache()


def test_pythons_warnings_come_when_they_come_under_python(project: Project) -> None:
    text = "value = 1\nif value: value = 2\nassert (value, 'always true')\nvalue is 2\n"
    project.write("m.py", "# tfimp: eager\n" + text)
    project.write("unmarked.py", "# unmarked\n" + text)
    for name in ("m", "unmarked"):
        assert len(_warnings_of(lambda name=name: project.load(name))) == 2  # type: ignore
        assert _warnings_of(lambda name=name: project.load(name)) == []  # type: ignore
