"""Run a script, a module or a piece of code as `python` does, rewritten if it is marked.

The user's code runs in the namespace of `sys.modules['__main__']`, as it does under `python`, so
that pickle, dataclasses and debuggers find it where they look.  `runpy.run_path` would not do: it
runs code in a module of its own, and past the import hooks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.machinery import BuiltinImporter, SourceFileLoader, SourcelessFileLoader
from types import CodeType, TracebackType
from typing import Any, NoReturn

from tfimp.transform import marker

USAGE = "usage: python -m tfimp [options] (script.py | -m module | -c code | -) [arguments ...]"

HELP = f"""\
{USAGE}

Run a Python program whose TensorFlow code is written as one writes NumPy.  A program opts in with
one comment at its top:

    # tfimp: eager

A program without it runs as it does under python.  Modules that the program imports are treated
the same way: those that hold the comment are rewritten, others are not.

what to run:
  script.py     a script, or a folder or zip file with a __main__.py
  -m module     a module or package, found as by import
  -c code       the code itself
  -             the code that comes on standard input
  arguments     what follows is the program's own, in sys.argv[1:]

options:
  --eager       rewrite the program although it does not hold the comment
  --show        do not run the program, print it as it would be run
  --version     print the version
  --help        print this help

Tracebacks leave out tfimp's own frames; set TFIMP_TRACEBACK=full to see them.
"""


class _Options:
    def __init__(self) -> None:
        self.eager = False
        self.show = False


def main() -> None:
    """Do what the command line says.  Ends by SystemExit where the status is not 0."""
    options = _Options()
    arguments = sys.argv[1:]
    while arguments:
        argument = arguments.pop(0)
        if argument in ("-h", "--help"):
            print(HELP, end="")
            return
        if argument in ("-V", "--version"):
            print(f"tfimp {_version()}")
            return
        if argument == "--eager":
            options.eager = True
        elif argument == "--show":
            options.show = True
        elif argument[:2] in ("-m", "-c"):
            # As with python, the value may follow at once or as the next argument.
            if not argument[2:] and not arguments:
                _usage_error(f"argument expected for the {argument} option")
            value = argument[2:] or arguments.pop(0)
            program = _Module(value) if argument[1] == "m" else _Code(value)
            return _start(program, options, arguments)
        elif argument == "-":
            return _start(_StandardInput("-"), options, arguments)
        elif argument.startswith("-"):
            _usage_error(f"unknown option {argument}")
        else:
            return _start(_script(argument), options, arguments)
    if sys.stdin is None or sys.stdin.isatty():
        _usage_error("nothing to run")
    _start(_StandardInput(""), options, [])


def _usage_error(message: str) -> NoReturn:
    print(f"tfimp: {message}\n{USAGE}\nTry `python -m tfimp --help`.", file=sys.stderr)
    raise SystemExit(2)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tfimp")
    except PackageNotFoundError:
        import tfimp

        return getattr(tfimp, "__version__", "(version unknown: tfimp is not installed)")


class _Program:
    """Something to run.  A kind of program says how python sets its context."""

    def __init__(self, name: str) -> None:
        self.name = name  # as the user knows it
        self.argv0 = name
        self.path0: str | None = None
        self.filename = ""
        self.namespace: dict[str, Any] = {}

    def read(self) -> None:
        """Find the source, or raise SystemExit as python does."""

    def source(self) -> bytes | str | None:
        raise NotImplementedError

    def compile_unchanged(self) -> CodeType:
        source = self.source()
        assert source is not None
        return compile(source, self.filename, "exec", dont_inherit=True)

    def is_marked(self) -> bool:
        source = self.source()
        return source is not None and marker.is_marked(source, self.filename)

    def compile(self, eager: bool) -> CodeType:
        source = self.source()
        if eager and source is not None:
            from tfimp.transform.rewriter import compile_source

            return compile_source(source, self.filename, self.module_name())
        return self.compile_unchanged()

    def module_name(self) -> str:
        return "__main__"


class _Script(_Program):
    """A file of source, or of bytecode."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.filename = os.path.join(os.getcwd(), name)
        self.path0 = None if sys.flags.safe_path else os.path.dirname(os.path.realpath(name))
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

    def compile_unchanged(self) -> CodeType:
        if not self._is_bytecode:
            return super().compile_unchanged()
        code = SourcelessFileLoader("__main__", self.filename).get_code("__main__")
        assert code is not None
        return code


class _Code(_Program):
    """`-c code`"""

    def __init__(self, code: str) -> None:
        super().__init__("the code of -c")
        self.argv0 = "-c"
        self.path0 = None if sys.flags.safe_path else ""
        self.filename = "<string>"
        self.namespace = {"__loader__": BuiltinImporter}
        self._code = code + "\n"

    def read(self) -> None:
        if sys.version_info >= (3, 13):
            # From then on, python's own tracebacks show these lines.
            import linecache

            lines = self._code.splitlines(keepends=True)
            linecache.cache[self.filename] = (len(self._code), None, lines, self.filename)

    def source(self) -> str:
        return self._code


class _StandardInput(_Program):
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
        self._source = b""

    def read(self) -> None:
        self._source = sys.stdin.buffer.read()

    def source(self) -> bytes:
        return self._source


class _Module(_Program):
    """`-m module`, found as `runpy` finds it, that is with the errors that users know."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.argv0 = "-m"  # until the module is found
        self.path0 = None if sys.flags.safe_path else os.getcwd()
        self._spec: Any = None
        self._code: CodeType | None = None
        self._found: tuple[bytes | str, str] | None = None

    def _find(self, error: type[Exception]) -> tuple[str, Any, CodeType]:
        import runpy

        found: tuple[str, Any, CodeType] = runpy._get_module_details(  # type: ignore[attr-defined]
            self.name, error
        )
        return found

    def read(self) -> None:
        class NotFound(Exception):
            pass

        from tfimp.transform.other_loaders import read_source

        try:
            _, self._spec, self._code = self._find(NotFound)
        except NotFound as error:
            raise SystemExit(f"{sys.executable}: {error}") from None
        spec = self._spec
        self._found = read_source(spec.loader, spec.name)
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
        return self._found and self._found[0]

    def compile_unchanged(self) -> CodeType:
        assert self._code is not None
        return self._code

    def module_name(self) -> str:
        return str(self._spec.name)


class _Folder(_Module):
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


def _script(name: str) -> _Program:
    from pkgutil import get_importer

    # Whatever can be a place on `sys.path`.
    return _Script(name) if get_importer(os.path.join(os.getcwd(), name)) is None else _Folder(name)


def _start(program: _Program, options: _Options, arguments: list[str]) -> None:
    _set_path(program)
    sys.argv[:] = [program.argv0, *arguments]
    try:
        program.read()
        sys.argv[0] = program.argv0
        marked = program.is_marked()
        if options.show:
            _show(program, marked or options.eager)
            return
        if not marked and not options.eager:
            _note(program, "running it unchanged")
        code = program.compile(marked or options.eager)
        exec(code, _main_namespace(program))
    except SystemExit:
        raise
    except BaseException:
        if os.environ.get("TFIMP_TRACEBACK") != "full":
            _show_without_our_frames()
        raise


def _note(program: _Program, what_now: str) -> None:
    from tfimp.transform.directives import DIRECTIVE

    print(f"tfimp: {program.name} is not marked ({DIRECTIVE}), {what_now}", file=sys.stderr)


def _show(program: _Program, marked: bool) -> None:
    from tfimp.transform.show import show

    source = program.source()
    if source is None:
        print(f"tfimp: {program.name} has no source to show", file=sys.stderr)
        raise SystemExit(1)
    if not marked:
        _note(program, "this would run if it were")
    sys.stdout.write(show(source, program.filename, program.module_name()))


def _set_path(program: _Program) -> None:
    """Give `sys.path` the first entry that it has under python, before anything is imported."""
    if not sys.flags.safe_path:
        # The entry that python, or the console script, has put there for tfimp.
        del sys.path[:1]
    if program.path0 is not None:
        sys.path.insert(0, program.path0)


def _main_namespace(program: _Program) -> dict[str, Any]:
    """The namespace of `__main__`, as python leaves it to a program."""
    namespace = sys.modules["__main__"].__dict__
    builtins = namespace["__builtins__"]
    namespace.clear()
    namespace.update(__name__="__main__", __doc__=None, __package__=None, __loader__=None)
    namespace.update(__spec__=None, __annotations__={}, __builtins__=builtins)
    namespace.update(program.namespace)
    return namespace


def _show_without_our_frames() -> None:
    """Have an exception that nobody catches shown without the frames of tfimp.

    The exception itself goes on its way, so that python ends as it does for any other: with its
    exit status, its handling of Ctrl-C, and `-i`.
    """
    excepthook: Callable[..., Any] = sys.excepthook  # the user's own, maybe

    def show(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        trim_tracebacks(error)
        sys.last_traceback = error.__traceback__
        excepthook(kind, error, error.__traceback__)

    sys.excepthook = show


_HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
_MACHINERY = ("<frozen importlib.", "<frozen zipimport>")


def _file(traceback: TracebackType) -> str:
    return traceback.tb_frame.f_code.co_filename


def trim_tracebacks(error: BaseException) -> None:
    """Take tfimp's frames out of the tracebacks of an exception and of those chained to it."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        exception = pending.pop()
        if exception is None or id(exception) in seen:
            continue
        seen.add(id(exception))
        trimmed = _trim(exception.__traceback__)
        # An error of tfimp itself that happens outside the user's code stays whole.
        if trimmed is not None or isinstance(exception, SyntaxError):
            exception.__traceback__ = trimmed
        pending += [exception.__cause__, exception.__context__]
        if isinstance(exception, BaseExceptionGroup):
            pending += exception.exceptions


def _trim(traceback: TracebackType | None) -> TracebackType | None:
    entries: list[TracebackType] = []
    while traceback is not None:
        if _file(traceback) == __file__:
            entries.clear()  # whatever started tfimp
        elif _file(traceback).startswith(_HERE):
            # And the machinery that called it.
            while entries and _file(entries[-1]).startswith(_MACHINERY):
                entries.pop()
        else:
            entries.append(traceback)
        traceback = traceback.tb_next
    trimmed: TracebackType | None = None
    for entry in reversed(entries):
        trimmed = TracebackType(trimmed, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return trimmed
