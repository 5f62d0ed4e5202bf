"""Tapes and forward accumulators of unmarked code, which see what TensorFlow runs and no more.

Op calls of marked code that they should see run natively, and so each has to ask. It does where
it meets what comes from outside its segment; hence segments end where such a tape starts.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfimp.runtime.tensorflow_internals import graph_stack, wrap_recording
from tfimp.runtime.thread import local


def watch_unmarked_tapes() -> None:
    """Has it noticed when tapes and forward accumulators of unmarked code record."""
    wrap_recording(_start, _stop)


def _start(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def start(self: Any) -> None:
        if not graph_stack.stack:
            _carry_out_unseen()
        own(self)
        local.unmarked_tapes.append(self)

    return start


def _stop(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def stop(self: Any) -> None:
        own(self)
        tapes = local.unmarked_tapes
        tapes[:] = [tape for tape in tapes if tape is not self]

    return stop


def _carry_out_unseen() -> None:
    """Ends the open segment, so that the tapes see none of it and later op calls ask anew."""
    segment = local.segment
    if segment is not None and not segment.running:
        segment.close()
