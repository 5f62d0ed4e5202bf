"""The import hook: what it rewrites, what it leaves alone, and what others still find."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import linecache
import os
import subprocess
import sys
import threading
import traceback
import zipfile
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfimp import install
from tfimp.transform.importer import RewritingFileLoader

ROOT = Path(__file__).parents[2]
MARKED = "# tfimp: eager\nvalue = 1\nif value: value = 2\n"
UNMARKED = "value = 1\nif value: value = 2\n"


def is_rewritten(module: ModuleType) -> bool:
    assert module.value == 2
    return "_tfimp_" in vars(module)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path`; what is imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    importlib.invalidate_caches()


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=300
    )


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


def test_the_source_that_others_see_is_the_users(folder: Path) -> None:
    write(folder, {"m.py": MARKED + "def f(x):\n    assert x\n"})
    module = importlib.import_module("m")
    assert isinstance(module.__loader__, RewritingFileLoader)
    assert module.__loader__.get_source("m") == (folder / "m.py").read_text()
    assert inspect.getsource(module.f) == "def f(x):\n    assert x\n"
    assert linecache.getline(str(module.__file__), 1) == "# tfimp: eager\n"
    assert module.__spec__ is not None and module.__spec__.origin == str(folder / "m.py")


def test_data_files_of_a_marked_package(folder: Path) -> None:
    import importlib.resources

    write(folder, {"pk/__init__.py": MARKED})
    (folder / "pk/data.txt").write_text("data")
    package = importlib.import_module("pk")
    assert is_rewritten(package)
    assert importlib.resources.files(package).joinpath("data.txt").read_text() == "data"


def test_optimize_is_passed_on(folder: Path) -> None:
    write(folder, {"m.py": MARKED})
    loader = importlib.import_module("m").__loader__
    assert isinstance(loader, RewritingFileLoader)
    code = loader.source_to_code(b"assert value == 3", "m.py", _optimize=1)
    exec(code, {"value": 1})
    with pytest.raises(AssertionError):
        exec(loader.source_to_code(b"assert value == 3", "m.py", _optimize=0), {"value": 1})


def test_reload(folder: Path) -> None:
    write(folder, {"m.py": MARKED})
    module = importlib.import_module("m")
    write(folder, {"m.py": MARKED + "more = value or 3\n"})
    again = importlib.reload(module)
    assert again is module and is_rewritten(again)
    assert again.more == 2


def test_namespace_packages(folder: Path) -> None:
    write(folder, {"space/m.py": MARKED, "space/deep/n.py": UNMARKED})
    with install(["space.deep"]):
        assert is_rewritten(importlib.import_module("space.m"))
        assert is_rewritten(importlib.import_module("space.deep.n"))
        assert sys.modules["space"].__file__ is None


def test_zip_archives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = folder / "archive.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped/__init__.py", MARKED)
        file.writestr("zipped/plain.py", UNMARKED)
        file.writestr("zipped/raises.py", MARKED + "if value:\n    1 / 0\n")
        file.writestr("zipped/data.txt", "data")
    monkeypatch.syspath_prepend(archive)
    package = importlib.import_module("zipped")
    assert is_rewritten(package)
    assert not is_rewritten(importlib.import_module("zipped.plain"))
    assert package.__loader__ is not None
    assert package.__loader__.get_source("zipped") == MARKED  # type: ignore[attr-defined]
    assert package.__loader__.archive == str(archive)  # type: ignore[attr-defined]
    assert importlib.resources.files(package).joinpath("data.txt").read_text() == "data"
    with pytest.raises(ZeroDivisionError) as raised:
        importlib.import_module("zipped.raises")
    frames = raised.traceback
    assert (str(frames[-1].path), frames[-1].lineno) == (f"{archive}/zipped/raises.py", 4)
    importlib.reload(package)
    assert is_rewritten(package)


def test_lazy_loader(folder: Path) -> None:
    write(folder, {"m.py": MARKED})
    spec = importlib.util.find_spec("m")
    assert spec is not None and spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["m"] = module
    assert spec.loader is not None
    spec.loader.exec_module(module)
    assert is_rewritten(module)


class Finder:
    """A finder of somebody else, as editable installs put one at the end of `sys.meta_path`."""

    def __init__(self, make_spec: Callable[[str], ModuleSpec | None]) -> None:
        self.make_spec = make_spec

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return self.make_spec(fullname)


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    def put(make_spec: Callable[[str], ModuleSpec | None]) -> None:
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder(make_spec)])

    return put


def test_finders_of_others_are_asked(folder: Path, finder: Callable[[Any], None]) -> None:
    write(folder, {"elsewhere/m.py": MARKED})

    def make_spec(name: str) -> ModuleSpec | None:
        if name != "mapped":
            return None
        return importlib.util.spec_from_file_location(name, folder / "elsewhere/m.py")

    finder(make_spec)
    assert is_rewritten(importlib.import_module("mapped"))


def test_a_lazy_loader_from_a_finder(folder: Path, finder: Callable[[Any], None]) -> None:
    write(folder, {"elsewhere/m.py": MARKED})

    def make_spec(name: str) -> ModuleSpec | None:
        if name != "lazy":
            return None
        path = str(folder / "elsewhere/m.py")
        loader = importlib.util.LazyLoader(SourceFileLoader(name, path))
        return importlib.util.spec_from_file_location(name, path, loader=loader)

    finder(make_spec)
    assert is_rewritten(importlib.import_module("lazy"))


def test_a_loader_that_compiles_in_its_own_way(folder: Path, finder: Callable[[Any], None]) -> None:
    class Loader(SourceFileLoader):
        def source_to_code(  # type: ignore[override]
            self, data: Any, path: Any, *, _optimize: int = -1
        ) -> Any:
            code = super().source_to_code(data, path)
            return code.replace(co_consts=tuple(c if c != 2 else 2 * 21 for c in code.co_consts))

    write(folder, {"elsewhere/m.py": MARKED})
    path = str(folder / "elsewhere/m.py")
    finder(
        lambda name: (
            (
                name == "own"
                and importlib.util.spec_from_file_location(name, path, loader=Loader(name, path))
            )
            or None
        )
    )
    module = importlib.import_module("own")
    assert module.value == 42
    assert "_tfimp_" in vars(module)


def test_a_loader_without_source_is_left_alone(finder: Callable[[Any], None]) -> None:
    class Loader:
        def create_module(self, spec: ModuleSpec) -> None:
            return None

        def exec_module(self, module: Any) -> None:
            module.value = 2

    loader: Any = Loader()
    finder(
        lambda name: (
            (
                name == "sourceless"
                and importlib.util.spec_from_file_location(name, "x.py", loader=loader)
            )
            or None
        )
    )
    module = importlib.import_module("sourceless")
    assert module.__loader__ is loader
    del sys.modules["sourceless"]


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

    monkeypatch.setattr("tfimp.transform.rewriter.compile_source", fail)
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


def test_threads_importing_at_once(folder: Path) -> None:
    # No circle: Python 3.11 itself may raise _DeadlockError where threads import one.
    write(folder, {f"m{n}.py": MARKED + "import shared\n" for n in range(4)})
    write(folder, {"shared.py": MARKED})
    barrier = threading.Barrier(4)

    def run(name: str) -> None:
        barrier.wait()
        importlib.import_module(name)

    threads = [threading.Thread(target=run, args=(f"m{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive()
    assert all(is_rewritten(sys.modules[f"m{n}"]) for n in range(4))
    assert is_rewritten(sys.modules["shared"])


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


def test_pytest_shows_the_values_of_a_failed_assertion_as_ever(tmp_path: Path) -> None:
    test = "def test_it():\n    x = [1, 2]\n    assert x == [1, 3]\n"
    write(tmp_path, {"conftest.py": "from tfimp import install\n", "test_it.py": test})
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "At index 1 diff: 2 != 3" in done.stdout
