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
from importlib.machinery import (
    ExtensionFileLoader,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)

from . import marker

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import CodeType, ModuleType, TracebackType
    from typing import Any, TypeVar

    Method = TypeVar("Method", bound=Callable[..., Any])

# Never rewritten: a module that the rewriter itself needs cannot wait for the rewriter.
_OWN = frozenset({"tfimp", "gast", "astunparse", "six"})


def is_disabled() -> bool:
    """Whether `TFIMP_DISABLE` asks that every module run as plain Python.

    This is about the mark: what imports `tfimp` by name gets it, as it could not run otherwise.
    """
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


def hide_frame(method: Method) -> Method:
    """Have Python leave a method out of the tracebacks of what it raises.

    When an import fails, Python removes the frames of its own importers that lie between the import
    statement and the last call of a function of this name in a file of this name.
    """
    function: Any = method
    function.__code__ = function.__code__.replace(
        co_filename="<frozen importlib._bootstrap>", co_name="_call_with_frames_removed"
    )
    return method


class RewritingFileLoader(SourceFileLoader):
    """Loads a module from its rewritten source.

    Everything but the code is as Python's loader gives it: `get_source`, for one, returns the
    source as the user wrote it, and `__cached__` names the file of plain bytecode, which is what
    those who look there can use.  The rewritten code has a file of its own (see `cache`).
    """

    def __init__(self, fullname: str, path: str, cached: str | None = None) -> None:
        """Takes what Python's loader takes, and the module's `__cached__` if that is known."""
        super().__init__(fullname, path)
        self._cached = cached

    @hide_frame
    def get_code(self, fullname: str) -> CodeType:
        code = self._code_or_error(fullname)
        if isinstance(code, SyntaxError):
            raise code
        return code

    def source_to_code(  # type: ignore[override]
        self, data: bytes | str, path: str, *, _optimize: int = -1
    ) -> CodeType:
        return self._compile(data, path, _optimize)[0]

    def _code_or_error(self, fullname: str) -> CodeType | SyntaxError:
        path = self.get_filename(fullname)
        try:
            if type(self).source_to_code is not RewritingFileLoader.source_to_code:
                # Somebody's subclass compiles in a way of its own.
                return self.source_to_code(self.get_data(path), path)
            return self._cached_code(path)
        except SyntaxError as error:
            return error.with_traceback(None)

    def _kind(self) -> str:
        """What the cache calls such code, if it is not that of the rewriter alone."""
        return ""

    def _cached_code(self, path: str) -> CodeType:
        from .cache import Entry

        try:
            entry = Entry(self.name, path, self._cached, self._kind())
        except OSError:  # maybe not a file at all
            return self._compile(self.get_data(path), path)[0]
        code = entry.read()
        if code is None:
            code, complete = self._compile(self.get_data(path), path)
            if complete and entry.cached is not None and not sys.dont_write_bytecode:
                content = entry.content(code)
                if content is not None:
                    self.set_data(entry.cached, content, _mode=entry.mode)
        return code

    def _compile(self, data: bytes | str, path: str, optimize: int = -1) -> tuple[CodeType, bool]:
        """The code, and whether it was compiled without a warning of ours.

        Such a warning is not to be lost with the second import.  (Python's own ones are.)
        """
        from . import directives
        from .rewriter import compile_or_leave, rewrite

        silent = directives.check(data, path)
        tree = rewrite(data, path, self.name)
        code, rewritten = compile_or_leave(tree, data, path, optimize=optimize)
        return code, silent and rewritten


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

    @hide_frame
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

    @hide_frame
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
                wanted = marker.is_marked_file(path, is_library=_is_in_library(path))
            except OSError:
                return loader  # and let the loader say so
            except SyntaxError:
                wanted = True  # see `wants`
            if wanted or self._is_named(spec.name):
                return RewritingFileLoader(loader.name, path, spec.cached)
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
        if foreign is not None and self.wants(spec.name, *foreign):
            return RewritingLoader(loader)
        return loader

    def wants(self, fullname: str, source: bytes | str, path: str) -> bool:
        """Whether a module with this source is to be rewritten."""
        try:
            return marker.is_marked(source, path) or self._is_named(fullname)
        except SyntaxError:
            return True  # to be raised when the module is loaded, and not when it is looked for

    def _is_named(self, fullname: str) -> bool:
        """Whether the module is in a package that was named to `install`."""
        if self._packages:
            while fullname:
                if fullname in self._packages:
                    return True
                fullname = fullname.rpartition(".")[0]
        return False


_finder = _Finder()


def is_wanted(fullname: str, source: bytes | str, path: str) -> bool:
    """Whether a module is to be rewritten, for those who load modules in a way of their own."""
    if _finder not in sys.meta_path or fullname.partition(".")[0] in _OWN:
        return False
    return _finder.wants(fullname, source, path)


def _warn_of_loaded_modules(packages: tuple[str, ...]) -> None:
    """Warn of modules to be rewritten that were imported before the hook was there."""
    import warnings

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
    return path.endswith(".py") and not _is_in_library(path)


def _is_in_library(path: str) -> bool:
    return path.startswith(_LIBRARIES) or "site-packages" in path or "dist-packages" in path


def _is_marked_file(path: str) -> bool:
    try:
        return marker.is_marked_file(path)
    except (OSError, SyntaxError):
        return False
