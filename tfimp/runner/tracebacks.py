"""Tracebacks of a program show the program, and not how tfimp runs it."""

from __future__ import annotations

import os
import sys
from types import TracebackType

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
# Below these frames there is only what started tfimp.
_STARTS = (os.path.join(_FOLDER, "runner", "start.py"),)
_MACHINERY = ("<frozen importlib.", "<frozen zipimport>")


def shown_in_full() -> bool:
    """Whether `TFIMP_TRACEBACK` asks for tracebacks as they are."""
    return os.environ.get("TFIMP_TRACEBACK") == "full"


def show_without_our_frames(afterwards: Callable[[], None] | None = None) -> None:
    """Have an exception that nobody catches shown without the frames of tfimp.

    The exception itself goes on its way, so that python ends as it does for any other: with its
    exit status, its handling of Ctrl-C, and `-i`.

    Args:
        afterwards: called when it has been shown.
    """
    if shown_in_full():
        return
    excepthook: Callable[..., Any] = sys.excepthook  # the user's own, maybe

    def show(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        trim_tracebacks(error)
        sys.last_traceback = error.__traceback__
        try:
            excepthook(kind, error, error.__traceback__)
        finally:
            if afterwards is not None:
                afterwards()

    sys.excepthook = show


def show_threads_without_our_frames(threading: ModuleType) -> None:
    """The same for exceptions that end a thread."""
    if shown_in_full():
        return
    excepthook = threading.excepthook

    def show(arguments: Any) -> None:
        if arguments.exc_value is not None:
            trim_tracebacks(arguments.exc_value)
            kind, error = arguments.exc_type, arguments.exc_value
            arguments = type(arguments)((kind, error, error.__traceback__, arguments.thread))
        excepthook(arguments)

    threading.excepthook = show  # type: ignore[attr-defined]


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
        if _file(traceback) in _STARTS:
            entries.clear()
        elif _file(traceback).startswith(_FOLDER):
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


def _file(traceback: TracebackType) -> str:
    return traceback.tb_frame.f_code.co_filename
