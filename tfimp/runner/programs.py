"""The kinds of programs that can be run, and the context that python gives to each."""

from __future__ import annotations

import os
import sys
from importlib.machinery import BuiltinImporter, SourceFileLoader, SourcelessFileLoader

from tfimp.transform.importer import is_rewriting

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any


class Program:
    """Something to run.  A kind of program says how python sets its context."""

    def __init__(self, name: str) -> None:
        self.name = name  # as the user knows it
        self.argv0 = name
        self.path0: str | None = None
        self.filename = ""
        self.namespace: dict[str, Any] = {}
        # What python takes out of the namespace again once the program has run, as `-i` shows.
        self.removed: tuple[str, ...] = ()

    def read(self) -> None:
        """Find the source, or raise SystemExit as python does."""

    def source(self) -> bytes | str | None:
        """The source, if there is one."""
        raise NotImplementedError

    def compile(self) -> CodeType:
        """The code that python would run."""
        source = self.source()
        assert source is not None
        return compile(source, self.filename, "exec", dont_inherit=True)

    def compile_rewritten(self) -> CodeType:
        """The code that tfimp runs where the program is marked."""
        from tfimp.transform.rewriter import compile_source

        source = self.source()
        assert source is not None
        return compile_source(source, self.filename, self.module_name())

    def module_name(self) -> str:
        return "__main__"

    def about_to_run(self) -> None:
        """Do what python does between compiling a program and running it."""


class Script(Program):
    """A file of source, or of bytecode."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.filename = os.path.join(os.getcwd(), name)
        self.path0 = None if sys.flags.safe_path else os.path.dirname(os.path.realpath(name))
        self.removed = ("__file__", "__cached__")
        self._is_bytecode = name.endswith(".pyc")
        self._source: bytes = b""

    def read(self) -> None:
        try:
            with open(self.filename, "rb") as file:
                self._source = file.read()
        except OSError as error:
            print(
                f"{sys.executable}: can't open file {self.filename!r}:"
                f" [Errno {error.errno}] {error.strerror}",
                file=sys.stderr,
            )
            raise SystemExit(2) from None
        kind = SourcelessFileLoader if self._is_bytecode else SourceFileLoader
        self.namespace = {
            "__loader__": kind("__main__", self.filename),
            "__file__": self.filename,
            "__cached__": None,
        }

    def source(self) -> bytes | None:
        return None if self._is_bytecode else self._source

    def compile(self) -> CodeType:
        if not self._is_bytecode:
            return super().compile()
        code = SourcelessFileLoader("__main__", self.filename).get_code("__main__")
        assert code is not None
        return code


class Code(Program):
    """`-c code`"""

    def __init__(self, code: str) -> None:
        super().__init__("the code of -c")
        self.argv0 = "-c"
        self.path0 = None if sys.flags.safe_path else ""
        self.filename = "<string>"
        self.namespace = {"__loader__": BuiltinImporter}
        self._code = code + "\n"

    def about_to_run(self) -> None:
        if sys.version_info >= (3, 13):
            # From then on, python's own tracebacks show these lines.
            import linecache

            lines = self._code.splitlines(keepends=True)
            linecache.cache[self.filename] = (len(self._code), None, lines, self.filename)

    def source(self) -> str:
        return self._code


class StandardInput(Program):
    """`-`, and standard input that comes with no arguments at all."""

    def __init__(self, argv0: str) -> None:
        super().__init__("<stdin>")
        self.argv0 = argv0
        self.path0 = None if sys.flags.safe_path else ""
        self.filename = "<stdin>"
        self.namespace = {
            "__loader__": BuiltinImporter,
            "__file__": self.filename,
            "__cached__": None,
        }
        self.removed = ("__file__", "__cached__")
        self._source = b""

    def read(self) -> None:
        if sys.stdin is not None:
            self._source = sys.stdin.buffer.read()

    def source(self) -> bytes:
        return self._source


class Module(Program):
    """`-m module`, found as `runpy` finds it, that is with the errors that users know."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.argv0 = "-m"  # until the module is found
        self.path0 = None if sys.flags.safe_path else os.getcwd()
        self._spec: Any = None
        self._code: CodeType | None = None
        self._source: bytes | str | None = None

    def _find(self, error: type[Exception]) -> tuple[str, Any, CodeType]:
        import runpy

        found: tuple[str, Any, CodeType]
        found = runpy._get_module_details(self.name, error)  # type: ignore[attr-defined]
        return found

    def read(self) -> None:
        class NotFound(Exception):
            pass

        try:
            _, self._spec, self._code = self._find(NotFound)
        except NotFound as error:
            raise SystemExit(f"{sys.executable}: {error}") from None
        spec = self._spec
        self._source = _read_source(spec)
        self.filename = spec.origin
        if self.argv0 == "-m":
            self.argv0 = spec.origin
        self.namespace = {
            "__file__": spec.origin,
            "__cached__": spec.cached,
            "__loader__": spec.loader,
            "__package__": spec.parent,
            "__spec__": spec,
        }

    def source(self) -> bytes | str | None:
        return self._source

    def compile(self) -> CodeType:
        assert self._code is not None
        return self._code

    def compile_rewritten(self) -> CodeType:
        # The import hook has seen the comment, and may have found the code in its cache.
        if is_rewriting(self._spec.loader):
            return self.compile()
        return super().compile_rewritten()

    def module_name(self) -> str:
        return str(self._spec.name)


class Folder(Module):
    """A folder or zip file with a `__main__.py`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.argv0 = name
        self.path0 = os.path.join(os.getcwd(), name)

    def _find(self, error: type[Exception]) -> tuple[str, Any, CodeType]:
        import runpy

        found: tuple[str, Any, CodeType]
        found = runpy._get_main_module_details(error)  # type: ignore[attr-defined]
        return found


def script(name: str) -> Program:
    """A script, or what can be a place on `sys.path` and so holds a `__main__.py`."""
    path = os.path.join(os.getcwd(), name)
    for hook in sys.path_hooks:
        try:
            hook(path)
        except ImportError:
            continue
        return Folder(name)
    return Script(name)


def _read_source(spec: Any) -> bytes | str | None:
    if isinstance(spec.loader, SourceFileLoader):
        return spec.loader.get_data(spec.origin)
    from tfimp.transform.other_loaders import read_source

    found = read_source(spec.loader, spec.name)
    return found and found[0]
