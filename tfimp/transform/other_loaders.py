"""Rewrite modules whose loader is not Python's loader of source files.

Zip archives, editable installs and other import hooks bring loaders of their own.  Such a loader
stays in charge, wrapped in one that rewrites the source that it gives.
"""

from __future__ import annotations

from importlib.abc import InspectLoader
from importlib.util import LazyLoader
from types import CodeType, ModuleType
from typing import Any

from . import marker
from .importer import hide_frame
from .rewriter import compile_tree, rewrite


def lazily_loaded(loader: Any) -> Any:
    """The loader that a LazyLoader puts off, None for other loaders."""
    return getattr(loader, "loader", None) if isinstance(loader, LazyLoader) else None


def read_source(loader: Any, fullname: str) -> tuple[bytes | str, str] | None:
    """Source and path of a module, as its loader gives them; None if it gives none."""
    try:
        path = loader.get_filename(fullname)
        if not path.endswith(".py"):
            return None
        try:
            return loader.get_data(path), path
        except (AttributeError, OSError):
            source = loader.get_source(fullname)
            return None if source is None else (source, path)
    except (AttributeError, ImportError, OSError):
        return None


class RewritingLoader(InspectLoader):
    """Asks another loader for everything but the code."""

    rewrites = True

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: Any) -> ModuleType | None:
        create: ModuleType | None = self._inner.create_module(spec)
        return create

    def is_package(self, fullname: str) -> bool:
        return bool(self._inner.is_package(fullname))

    def get_source(self, fullname: str) -> str | None:
        source: str | None = self._inner.get_source(fullname)
        return source

    @hide_frame
    def get_code(self, fullname: str) -> CodeType | None:
        code = self._code_or_error(fullname)
        if isinstance(code, SyntaxError):
            raise code
        return code

    def _code_or_error(self, fullname: str) -> CodeType | SyntaxError | None:
        try:
            return self._code(fullname)
        except SyntaxError as error:
            return error.with_traceback(None)

    def _code(self, fullname: str) -> CodeType | None:
        found = read_source(self._inner, fullname)
        if found is None:
            code: CodeType | None = self._inner.get_code(fullname)
            return code
        source, path = found
        marker.is_marked(source, path)  # refuses misspelt directives
        tree = rewrite(source, path, fullname)
        # Another hook's loader compiles in a way of its own.
        compile_code = getattr(self._inner, "source_to_code", None)
        if compile_code is None:
            return compile_tree(tree, source, path)
        compiled: CodeType = compile_code(tree, path)
        return compiled
