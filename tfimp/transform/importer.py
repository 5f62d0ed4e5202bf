"""The import hook: a finder that rewrites the modules that are marked.

The finder stands at the front of `sys.meta_path` and asks the finders behind it, whoever they are,
for the module.  If the module is marked, or is in a package that was named to `install`, the finder
exchanges the loader that they found; otherwise it hands on what they found.

`import tfimp` runs this file, so it imports little; the rewriter is loaded with the first module
that is rewritten.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib.machinery import (
    ExtensionFileLoader,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)

from . import marker

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType, ModuleType, TracebackType
    from typing import Any

# Never rewritten: a module that the rewriter itself needs cannot wait for the rewriter.
_OWN = frozenset({"tfimp", "gast", "astunparse", "six"})


def is_disabled() -> bool:
    """Whether `TFIMP_DISABLE` asks that every module run as plain Python."""
    return os.environ.get("TFIMP_DISABLE", "0") not in ("", "0")


def install(packages: Iterable[str] = ()) -> Handle:
    """Rewrite the marked modules that are imported from now on.

    Also rewrites the modules of the named packages and of the packages below them, marked or not.
    The hook stays until `uninstall` is called on each handle that `install` has returned; a handle
    is a context manager that does so.  Under `TFIMP_DISABLE=1` nothing is rewritten.
    """
    if isinstance(packages, str):
        raise TypeError(f"packages must be a list of names, not the string {packages!r}")
    handle = Handle(tuple(packages))
    if handle.packages:
        # Now, before the hook can meet the modules that it imports.
        from . import rewriter  # noqa: F401
    _finder.add(handle)
    if not is_disabled():
        _warn_of_loaded_modules(handle.packages)
    return handle


class Handle:
    """What `install` has put in place."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def uninstall(self) -> None:
        """Take it away again.  Modules that are imported already stay as they are."""
        _finder.remove(self)

    def __enter__(self) -> Handle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.uninstall()


class RewritingFileLoader(SourceFileLoader):
    """Loads a module from its rewritten source.

    Everything but the code is as Python's loader gives it: `get_source`, for one, returns the
    source as the user wrote it.
    """

    def get_code(self, fullname: str) -> CodeType:
        # Python's loader looks into the bytecode cache first and writes to it afterwards.  There
        # is plain code in that cache, and plain code is what others look for in it.  A cache of
        # rewritten code has its place here.
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(  # type: ignore[override]
        self, data: bytes | str, path: str, *, _optimize: int = -1
    ) -> CodeType:
        from .rewriter import compile_source

        marker.is_marked(data, path)  # refuses misspelt directives
        return compile_source(data, path, self.name, optimize=_optimize)


def is_rewriting(loader: object) -> bool:
    """Whether a loader is one of those that rewrite."""
    return isinstance(loader, RewritingFileLoader) or getattr(loader, "rewrites", False) is True


class _Finder:
    """The finder; there is one of it, whoever calls `install` how often."""

    def __init__(self) -> None:
        self._handles: list[Handle] = []
        self._packages: frozenset[str] = frozenset()

    def add(self, handle: Handle) -> None:
        self._handles.append(handle)
        self._changed()

    def remove(self, handle: Handle) -> None:
        if handle in self._handles:
            self._handles.remove(handle)
            self._changed()

    def _changed(self) -> None:
        self._packages = frozenset(name for handle in self._handles for name in handle.packages)
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self._handles and not is_disabled():
            sys.meta_path.insert(0, self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        spec = self._ask_others(fullname, path, target)
        if spec is not None and spec.has_location and fullname.partition(".")[0] not in _OWN:
            spec.loader = self._exchange(spec.loader, spec)
        return spec

    def _ask_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        finders: list[Any] = list(sys.meta_path)
        # Those before it, if any, have been asked.
        behind = finders.index(self) + 1 if self in finders else 0
        for finder in finders[behind:]:
            find_spec = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find_spec and find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def _exchange(self, loader: Any, spec: ModuleSpec) -> Any:
        """The loader for a module: the one that was found, or one that rewrites."""
        if type(loader) is SourceFileLoader:
            path = loader.path
            try:
                with open(path, "rb") as file:
                    source = file.read()
            except OSError:
                return loader  # and let the loader say so
            if self._wanted(spec.name, source, path):
                return RewritingFileLoader(loader.name, path)
            return loader
        if loader is None or is_rewriting(loader):
            return loader
        if isinstance(loader, (ExtensionFileLoader, SourcelessFileLoader)):
            return loader
        if not hasattr(loader, "get_filename") and not hasattr(loader, "loader"):
            return loader  # pytest's, for one; it shows no source and puts off no other loader
        from .other_loaders import RewritingLoader, lazily_loaded, read_source

        inner = lazily_loaded(loader)
        if inner is not None:
            loader.loader = self._exchange(inner, spec)
            return loader
        foreign = read_source(loader, spec.name)
        if foreign is not None and self._wanted(spec.name, *foreign):
            return RewritingLoader(loader)
        return loader

    def _wanted(self, fullname: str, source: bytes | str, path: str) -> bool:
        try:
            if marker.is_marked(source, path):
                return True
        except SyntaxError:
            return True  # to be raised when the module is loaded, and not when it is looked for
        if self._packages:
            while fullname:
                if fullname in self._packages:
                    return True
                fullname = fullname.rpartition(".")[0]
        return False


_finder = _Finder()


def is_wanted(fullname: str, source: bytes | str, path: str) -> bool:
    """Whether a module is to be rewritten, for those who load modules in a way of their own."""
    return _finder in sys.meta_path and _finder._wanted(fullname, source, path)


def _warn_of_loaded_modules(packages: tuple[str, ...]) -> None:
    """Warn of modules to be rewritten that were imported before the hook was there."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or is_rewriting(getattr(module, "__loader__", None)):
            continue
        if any(name == package or name.startswith(f"{package}.") for package in packages):
            why = "is in a package to be rewritten"
        elif _may_be_marked(name, path) and _is_marked_file(path):
            why = "is marked"
        else:
            continue
        if name == "__main__":
            message = f"{why} but is run by python itself: run it with `python -m tfimp`"
        else:
            message = f"{why} but was imported before tfimp's hook was there: import tfimp first"
        warnings.warn_explicit(
            f"{name} {message}; until then it runs unchanged", RuntimeWarning, path, 1
        )


_LIBRARIES = tuple(
    os.path.join(os.path.dirname(file), "") for file in (os.__file__, os.path.dirname(__file__))
)


def _may_be_marked(name: str, path: str) -> bool:
    # There may be thousands of modules, and the user's are few.  Without TensorFlow there is
    # nothing that they could have missed, save for the script, which may import it yet.
    if name != "__main__" and "tensorflow" not in sys.modules:
        return False
    if not path.endswith(".py") or path.startswith(_LIBRARIES):
        return False
    return "site-packages" not in path and "dist-packages" not in path


def _is_marked_file(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return marker.is_marked(file.read(), path)
    except (OSError, SyntaxError):
        return False
