"""Keeps Python's garbage collector from looking through what is being made to stay.

Modules and graphs are many objects, hardly any of them garbage. As they are made, collections
become due; one of all objects takes 200 ms once TensorFlow has been loaded.
"""

from __future__ import annotations

import gc
from typing import Final

# Python 3.12 itself has about 400 objects frozen when it starts.
_FROZEN_BY_PYTHON: Final = 1000


class uncollected:
    """Context manager: nothing is collected, and what has been made by the end counts as old.

    Where the program itself has disabled the collector, or frozen objects, that stays as it is.
    """

    def __enter__(self) -> None:
        self._collects = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._collects:
            if gc.get_freeze_count() < _FROZEN_BY_PYTHON:
                gc.freeze()
                gc.unfreeze()
            gc.enable()
