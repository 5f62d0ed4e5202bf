"""What each thread has for itself: its open segment and its innermost step."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Final

# Orders segments and native calls by the time at which they began.
serials = itertools.count(1)


class Crossings(list[Any]):
    """Tensors that were handed to unmarked code while tapes recorded; the tapes own the list.

    Attributes:
        tapes: the tapes that do, as far as they are still there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tapes: weakref.WeakSet[Any] = weakref.WeakSet()


NO_CROSSINGS: Final = Crossings()


class Thread(threading.local):
    """State of one thread.

    Attributes:
        segment: the open segment, or what stands in for it while TensorFlow runs by itself.
        step: the innermost step that is open, or None.
        tapes: the gradient tapes of marked code that are recording, the innermost last.
        unmarked_tapes: the tapes and forward accumulators of unmarked code that are recording.
        crossings: while tapes of marked code record, the tensors handed to unmarked code.
        converted: whether, since the last gradient was taken and while no tape recorded, unmarked
            code has converted a tensor, or a composite one was made, whose parts have no history.
    """

    new_segment: ClassVar[Callable[[], Any]] = staticmethod(lambda: None)

    # Whether op calls have been made in more threads than one. From then on the flag that the
    # marks in rewritten code test, one for all threads, stays set: one may wait while another
    # has nothing pending.
    several: ClassVar[bool] = False
    _first: ClassVar[bool] = True

    def __init__(self) -> None:
        Thread.several = not Thread._first
        Thread._first = False
        self.step: Any = None
        self.segment: Any = Thread.new_segment()
        self.tapes: list[Any] = []
        self.unmarked_tapes: list[Any] = []
        self.crossings = NO_CROSSINGS
        self.converted = False


local = Thread()


def set_segment_class(cls: type) -> None:
    """Gives this and every later thread an open segment of the class."""
    Thread.new_segment = staticmethod(cls)
    local.segment = cls()
