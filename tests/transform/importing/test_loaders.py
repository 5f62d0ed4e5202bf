"""The import hook and what others find of a module, and the loaders and finders of others."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import linecache
import sys
import threading
import zipfile
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from tfimp import install
from tfimp.transform.importer import RewritingFileLoader

from .conftest import MARKED, UNMARKED, is_rewritten, write


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
