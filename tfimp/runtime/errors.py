"""Errors that name the user's line."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import os
import sys
import warnings
from types import FrameType
from typing import Any, Final, NoReturn

import tensorflow as tf

from tfimp.runtime.trace import Node


def _folders(package: str) -> list[str]:
    # Keras is found without being imported, which takes seconds.
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return [os.path.abspath(place) + os.sep for place in places or ()]


_NOT_THE_USER: Final = (
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep,
    os.path.dirname(os.path.abspath(tf.__file__)) + os.sep,
    *_folders("keras"), *_folders("tf_keras"),
)


@functools.lru_cache(maxsize=1000)
def _is_users(filename: str) -> bool:
    """Whether a file is the user's; asked at every op call that is new."""
    return not filename.startswith(_NOT_THE_USER)


def user_location() -> tuple[str, int] | None:
    """File and line of the innermost frame that belongs neither to tfimp nor to TensorFlow."""
    frame = user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def user_frame() -> FrameType | None:
    """The innermost frame that belongs neither to tfimp nor to TensorFlow."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def note_failed_call(error: BaseException, node: Node | None) -> None:
    """Adds to an error a note with the line of the op call that raised it."""
    if node is not None and node.location is not None:
        error.add_note(f"The op call that failed was made in {_place(node.location)}")


def _place(location: tuple[str, int]) -> str:
    filename, line = location
    text = linecache.getline(filename, line).strip()
    return f'File "{filename}", line {line}' + (f"\n    {text}" if text else "")


def note_interruption(interruption: BaseException, node: Node | None) -> RuntimeError:
    """Adds to a KeyboardInterrupt, say, a note that op calls which waited were not carried out.

    Args:
        node: the first of those that may not have been, if any has been.

    Returns:
        The error for whoever asks for their results.
    """
    where = ""
    if node is not None and node.location is not None:
        where = f", from the one made in {_place(node.location)}"
    kind = type(interruption).__name__
    interruption.add_note(f"Op calls that waited were not carried out{where}")
    return RuntimeError(f"This tensor was not computed: {kind} came before its op call was done.")


def warn_not_compiled(error: Exception) -> None:
    """Warns, at the user's line, that op calls which repeat will be run one by one for good."""
    filename, line = user_location() or ("<unknown>", 0)
    warnings.warn_explicit(
        "tfimp could not compile the op calls that are carried out here, and goes on running them "
        f"one by one: {type(error).__name__}: {error}", RuntimeWarning, filename, line,
    )


def report_failed_plan(error: Exception, segment: Any, failed: Node | None) -> NoReturn:
    """Raises the error of a plan that writes variables, with the line of the op call."""
    segment.error = error
    note_failed_call(error, failed)
    error.add_note(
        "Variables that were assigned since the last fetch may or may not hold their new values."
    )
    raise error
