"""The cache of rewritten code: when it is used, when it is not, and what it never touches."""

from __future__ import annotations

import compileall
import importlib
import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import gast
import pytest

import tfimp
from tfimp.transform import cache, importer, rewriter
from tfimp.transform.importer import RewritingFileLoader

ROOT = Path(__file__).parents[2]
SECOND = 10**9
LONG_AGO = 1_600_000_000 * SECOND + 123_456_789  # when the sources were written
MARKED = "# tfimp: eager\nvalue = 1\nif value: value = 2\n"


class Project:
    """A folder on `sys.path`, and what becomes of the modules in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.compiled: list[str] = []  # the files that were rewritten and compiled, not cached

    def write(self, name: str, text: str, time: int = LONG_AGO) -> Path:
        """Writes a source as if that had been some time ago."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(time, time))
        importlib.invalidate_caches()
        return path

    def load(self, name: str = "m") -> ModuleType:
        """Imports a module as a new process would."""
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    def uses_the_cache(self, name: str = "m") -> bool:
        """Whether the module is loaded without being compiled."""
        before = len(self.compiled)
        module = self.load(name)
        assert "_tfimp_" in vars(module) and isinstance(module.__loader__, RewritingFileLoader)
        return len(self.compiled) == before

    def cached(self) -> list[Path]:
        return sorted(self.folder.rglob("*-tfimp-*.pyc"))

    def plain(self) -> list[Path]:
        return sorted(set(self.folder.rglob("__pycache__/*")) - set(self.cached()))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    project = Project(tmp_path)

    def compile_source(source: Any, filename: str, *arguments: Any, **options: Any) -> CodeType:
        project.compiled.append(filename)
        return compile_it(source, filename, *arguments, **options)

    compile_it = rewriter.compile_source
    monkeypatch.setattr(rewriter, "compile_source", compile_source)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield project
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


def plain_path(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))


# It is used.


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


# It is never confused with Python's own.


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
    py_compile.compile(
        str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
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


# One for each version and set of options.


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


# It is not used when the source has changed.


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
    compile_it = rewriter.compile_source

    def edit_meanwhile(*arguments: Any, **options: Any) -> CodeType:
        monkeypatch.setattr(rewriter, "compile_source", compile_it)
        project.write("m.py", MARKED.replace("value = 2", "value = 7"), LONG_AGO + 1)
        return compile_it(*arguments, **options)

    project.write("m.py", MARKED)
    monkeypatch.setattr(rewriter, "compile_source", edit_meanwhile)
    assert project.load().value == 2
    assert project.load().value == 7


# It is not used when it is damaged.


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


# Writing it.


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


# Warnings.


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


def test_pythons_warnings_come_when_they_come_under_python(project: Project) -> None:
    text = "value = 1\nif value: value = 2\nassert (value, 'always true')\nvalue is 2\n"
    project.write("m.py", "# tfimp: eager\n" + text)
    project.write("unmarked.py", "# unmarked\n" + text)
    for name in ("m", "unmarked"):
        assert len(_warnings_of(lambda name=name: project.load(name))) == 2  # type: ignore
        assert _warnings_of(lambda name=name: project.load(name)) == []  # type: ignore
