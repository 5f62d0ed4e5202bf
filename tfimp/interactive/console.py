"""The prompt of `python -m tfimp`: Python's own, at which every input is rewritten."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from code import InteractiveConsole
from types import CodeType
from typing import Any

from tfimp.runner.start import follow, main_namespace, set_path
from tfimp.runner.tracebacks import shown_in_full, trim_tracebacks
from tfimp.transform import marker
from tfimp.transform.importer import is_disabled

_BANNER = """\
tfimp {version} on Python {python}: what you type is rewritten, tensors show their values.
Begin with `import tensorflow as tf`; leave with exit() or Ctrl-D."""
_PLAIN_BANNER = "Python {python}: TFIMP_DISABLE is set, so that nothing is rewritten."


class Console(InteractiveConsole):
    """Reads inputs, rewrites and runs them.

    Args:
        namespace: what the inputs run in.
        rewrites: False for a plain prompt.
    """

    def __init__(self, namespace: dict[str, Any], rewrites: bool = True) -> None:
        super().__init__(namespace)
        self._rewrites = rewrites
        self._inputs = 0

    def runsource(self, source: str, filename: str = "", symbol: str = "single") -> bool:
        """Run the input.  Returns True if it is incomplete and more must be typed."""
        # A name for each input, so that tracebacks, `inspect` and debuggers find its lines.
        filename = f"<python-input-{self._inputs}>"
        try:
            code = self.compile(source, filename, symbol)
            if code is None:
                return True
            if self._rewrites:
                from tfimp.interactive.inputs import compile_input

                code = compile_input(source, filename, self.compile.compiler.flags)
        except (OverflowError, SyntaxError, ValueError):
            self.showsyntaxerror(filename)
            return False
        except Exception:
            # A fault of the rewriter's must not end the session.
            self.showtraceback()
            return False
        self._inputs += 1
        lines = [f"{line}\n" for line in source.split("\n")]
        linecache.cache[filename] = (len(source), None, lines, filename)
        self.runcode(code)
        return False

    def runcode(self, code: CodeType) -> None:
        try:
            exec(code, self.locals)
        except SystemExit:
            raise
        except BaseException:
            self.showtraceback()

    def showtraceback(self) -> None:
        error = sys.exception()
        assert error is not None
        if not shown_in_full():
            trim_tracebacks(error)
        sys.last_type, sys.last_value = type(error), error
        sys.last_traceback = error.__traceback__
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        if sys.excepthook is sys.__excepthook__:
            # Python's own shows the lines of files only, before 3.13.
            self.write("".join(traceback.format_exception(error)))
        else:
            sys.excepthook(type(error), error, error.__traceback__)


def interact(argv: list[str]) -> None:
    """Read, run and show until the user leaves.  Sets the context that python's prompt has."""
    sys.argv[:] = argv
    rewrites = not is_disabled()
    if rewrites:
        # Before files of the user's can take the names of modules that the rewriter needs.
        from tfimp.interactive import inputs  # noqa: F401

        follow(rewrites_main=False)
    set_path(None if sys.flags.safe_path else "")
    namespace = main_namespace({})
    console = Console(namespace, rewrites)
    if not sys.flags.quiet:
        console.write(_banner(rewrites) + "\n")
    _run_startup_file(console)
    _prepare_line_editing()
    console.interact(banner="", exitmsg="")


def _banner(rewrites: bool) -> str:
    import tfimp

    template = _BANNER if rewrites else _PLAIN_BANNER
    return template.format(version=tfimp.__version__, python=sys.version.split()[0])


def _run_startup_file(console: Console) -> None:
    """Do what the user wants done at the start of every prompt."""
    path = None if sys.flags.ignore_environment else os.environ.get("PYTHONSTARTUP")
    if not path:
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        # In python's words.
        console.write(f"Could not open PYTHONSTARTUP\n{type(error).__name__}: {error}\n")
        return
    try:
        if not is_disabled() and marker.is_marked(source, path):
            from tfimp.transform.rewriter import compile_source

            code = compile_source(source, path)
        else:
            code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        console.showsyntaxerror(path)
        return
    console.runcode(code)


def _prepare_line_editing() -> None:
    """History and completion, as python's own prompt sets them up.

    They are the user's: the same history file, `PYTHON_HISTORY` and `.inputrc` included, and what
    `sitecustomize` may have put in the place of Python's hook.
    """
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    # From 3.13 on Python's hook keeps the history for an editor that `input` does not use.
    basic = os.environ.get("PYTHON_BASIC_REPL")
    os.environ["PYTHON_BASIC_REPL"] = "1"
    try:
        hook()
    except Exception:
        traceback.print_exc()
    finally:
        if basic is None:
            del os.environ["PYTHON_BASIC_REPL"]
        else:
            os.environ["PYTHON_BASIC_REPL"] = basic
