"""Processes that a program starts through multiprocessing are run as the program itself is.

A child that is forked is a copy and needs nothing.  A child that is spawned, or forked from the
fork server, begins as a plain Python process and executes the main module again, past the import
hook.  What it has to know of its parent comes as pickled preparation data; tfimp adds an object
which on being unpickled has the child do as the parent does, for its own children too.
"""

from __future__ import annotations

import os

from tfimp.runner.late_imports import when_imported

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

# The child may have another `sys.path` than its parent until it is prepared.
_IN_THE_CHILD = """\
import sys
sys.path.append({folder!r})
try:
    from tfimp.runner.start import follow
finally:
    sys.path.pop()
follow({rewrites_main})
"""


def follow(rewrites_main: bool) -> None:
    """From now on, have the children of this process do as it does.

    Args:
        rewrites_main: whether the main module is rewritten, for they execute it again.
    """
    when_imported("multiprocessing.spawn", lambda spawn: _follow_spawned(spawn, rewrites_main))
    when_imported("multiprocessing.forkserver", _follow_preloaded)


class _Instructions:
    """An object that is code when it is unpickled."""

    def __init__(self, rewrites_main: bool) -> None:
        self._rewrites_main = rewrites_main

    def __reduce__(self) -> tuple[Any, ...]:
        folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        code = _IN_THE_CHILD.format(folder=folder, rewrites_main=self._rewrites_main)
        return exec, (code, {})


def _follow_spawned(spawn: Any, rewrites_main: bool) -> None:
    prepare, from_path, from_name = (
        spawn.get_preparation_data,
        spawn._fixup_main_from_path,
        spawn._fixup_main_from_name,
    )

    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = prepare(name)
        if name == "ignore":
            # The fork server's own: it would execute the main module past the hook.  The processes
            # that it forks execute it instead.
            data.pop("init_main_from_path", None)
        else:
            data["tfimp"] = _Instructions(rewrites_main)
        return data

    def fix_up_main_from_path(path: str) -> None:
        runpy = spawn.runpy
        spawn.runpy = _RewritingRunpy
        try:
            _with_clean_tracebacks(from_path, path)
        finally:
            spawn.runpy = runpy

    def fix_up_main_from_name(name: str) -> None:
        from tfimp.transform.importer import install

        # Marked or not: the parent may have been told to rewrite it nevertheless.
        with install(packages=[name]):
            _with_clean_tracebacks(from_name, name)

    spawn.get_preparation_data = get_preparation_data
    if rewrites_main:
        spawn._fixup_main_from_path = fix_up_main_from_path
        spawn._fixup_main_from_name = fix_up_main_from_name


def _follow_preloaded(forkserver: Any) -> None:
    """Have the fork server import tfimp before the modules that it is asked to preload."""
    server = forkserver.ForkServer
    ensure_running = server.ensure_running

    def ensure_running_with_tfimp(self: Any) -> None:
        if self._preload_modules and "tfimp" not in self._preload_modules:
            self._preload_modules = ["tfimp", *self._preload_modules]
        ensure_running(self)

    server.ensure_running = ensure_running_with_tfimp


def _with_clean_tracebacks(execute: Any, main: str) -> None:
    try:
        execute(main)
    except BaseException:
        from tfimp.runner.tracebacks import show_without_our_frames

        show_without_our_frames()
        raise


class _RewritingRunpy:
    """What stands in the place of `runpy` while a child executes its main module."""

    @staticmethod
    def run_path(path: str, run_name: str) -> dict[str, Any]:
        import runpy

        from tfimp.transform.rewriter import compile_source

        with open(path, "rb") as file:
            code = compile_source(file.read(), path, "__main__")
        run: Any = runpy._run_module_code  # type: ignore[attr-defined]
        namespace: dict[str, Any] = run(code, None, run_name, pkg_name="", script_name=path)
        return namespace
