"""Run a program as `python` does, rewritten if it is marked.

The user's code runs in the namespace of `sys.modules['__main__']`, as it does under `python`, so
that pickle, dataclasses and debuggers find it where they look.  `runpy.run_path` would not do: it
runs code in a module of its own, and past the import hooks.
"""

from __future__ import annotations

import sys
from importlib.machinery import BuiltinImporter

from tfimp.runner.late_imports import when_imported
from tfimp.runner.tracebacks import show_threads_without_our_frames, show_without_our_frames
from tfimp.transform import marker
from tfimp.transform.importer import is_disabled

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from tfimp.runner.programs import Program


def start(program: Program, arguments: list[str], eager: bool, show: bool) -> None:
    """Run the program with its arguments, or show it.

    Args:
        eager: rewrite it although it is not marked.
        show: print it as it would be run, and do not run it.
    """
    set_path(program.path0)
    sys.argv[:] = [program.argv0, *arguments]
    try:
        program.read()
        sys.argv[0] = program.argv0
        if show:
            return _show(program, eager)
        code = _compile(program, eager)
        program.about_to_run()
        exec(code, main_namespace(program.namespace))
        _clean_up(program)
    except BaseException:
        show_without_our_frames(lambda: _clean_up(program))
        raise


def set_path(path0: str | None) -> None:
    """Give `sys.path` the first entry that it has under python, before anything is imported."""
    if not sys.flags.safe_path:
        # The entry that python, or the console script, has put there for tfimp.
        del sys.path[:1]
    if path0 is not None:
        sys.path.insert(0, path0)


def main_namespace(particulars: dict[str, Any]) -> dict[str, Any]:
    """The namespace of `__main__`, as python leaves it to a program."""
    namespace = sys.modules["__main__"].__dict__
    builtins = namespace["__builtins__"]
    namespace.clear()
    namespace.update(__name__="__main__", __doc__=None, __package__=None)
    namespace.update(__loader__=BuiltinImporter, __spec__=None, __annotations__={})
    namespace.update(__builtins__=builtins)
    namespace.update(particulars)
    return namespace


def _clean_up(program: Program) -> None:
    namespace = sys.modules["__main__"].__dict__
    for name in program.removed:
        namespace.pop(name, None)


def follow(rewrites_main: bool) -> None:
    """Treat what the program starts as the program itself: its threads, its processes."""
    from tfimp.runner import child_processes

    when_imported("threading", show_threads_without_our_frames)
    child_processes.follow(rewrites_main)


def _compile(program: Program, eager: bool) -> CodeType:
    """The code to run.  Whatever tfimp itself needs for it is imported here."""
    if is_disabled():
        return program.compile()
    with _UserModulesHidden(program):
        marked = _is_marked(program)
        if not marked and not eager:
            _note(program, "running it unchanged")
        follow(marked or eager)
        if program.source() is not None and (marked or eager):
            return program.compile_rewritten()
        return program.compile()


class _UserModulesHidden:
    """Keeps from tfimp's own imports the files that stand beside the program.

    One of them may have the name of a module that the rewriter needs and the program does not.
    """

    def __init__(self, program: Program) -> None:
        self._hidden = [] if program.path0 is None else [program.path0]

    def __enter__(self) -> None:
        del sys.path[: len(self._hidden)]

    def __exit__(self, *error: object) -> None:
        sys.path[:0] = self._hidden


def _is_marked(program: Program) -> bool:
    source = program.source()
    return source is not None and marker.is_marked(source, program.filename)


def _note(program: Program, what_now: str) -> None:
    # The words of `directives`, which takes longer to import than everything else here.
    print(f"tfimp: {program.name} is not marked (# tfimp: eager), {what_now}", file=sys.stderr)


def _show(program: Program, eager: bool) -> None:
    from tfimp.transform.show import show

    source = program.source()
    if source is None:
        print(f"tfimp: {program.name} has no source to show", file=sys.stderr)
        raise SystemExit(1)
    if not _is_marked(program) and not eager:
        _note(program, "this would run if it were")
    sys.stdout.write(show(source, program.filename, program.module_name()))
