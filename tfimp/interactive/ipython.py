"""The IPython and Jupyter extension: `%load_ext tfimp`.

A cell whose leading comments hold `# tfimp: eager` is rewritten, every other cell is left alone.
IPython parses cells through the `ast_parse` of its compiler, and what stands below `%%time`,
`%%timeit` or `%%capture` too, so that is where cells are rewritten.  An AST transformer would come
too late: a tree has no comments.  `%%prun` and `%run` compile by themselves, past this.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

from tfimp.runner.tracebacks import shown_in_full, trim_tracebacks
from tfimp.transform import marker
from tfimp.transform.importer import is_disabled


def load(shell: Any) -> None:
    """Rewrite the marked cells of a shell from now on."""
    if _extension_of(shell) is None:
        _Extension(shell).install()


def unload(shell: Any) -> None:
    """Leave all cells of a shell alone again."""
    extension = _extension_of(shell)
    if extension is not None:
        extension.uninstall()


def _extension_of(shell: Any) -> _Extension | None:
    extension = getattr(shell.compile.ast_parse, "__self__", None)
    return extension if isinstance(extension, _Extension) else None


class _Extension:
    """What is put in place in one shell; other shells of the process stay as they are."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._compiler = shell.compile
        self._ast_parse = shell.compile.ast_parse
        self._showtraceback = shell.showtraceback

    def install(self) -> None:
        self._compiler.ast_parse = self.ast_parse
        self._shell.showtraceback = self.showtraceback

    def uninstall(self) -> None:
        self._compiler.ast_parse = self._ast_parse
        self._shell.showtraceback = self._showtraceback

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """As IPython's own, but for the tree of a marked cell."""
        if symbol != "exec" or is_disabled() or not marker.is_marked(source, filename):
            tree: ast.AST = self._ast_parse(source, filename, symbol)
            return tree
        from tfimp.interactive.inputs import parse_input

        return parse_input(source, filename, self._compiler.flags)

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """As IPython's own, without the frames of tfimp."""
        error = sys.exception() if exc_tuple is None else exc_tuple[1]
        if isinstance(error, BaseException) and not shown_in_full():
            trim_tracebacks(error)
            exc_tuple = (type(error), error, error.__traceback__)
        self._showtraceback(exc_tuple, *args, **kwargs)
