"""Loads the runtime, and TensorFlow with it, when the first rewritten code needs them."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any, Final

_RUNTIME: Final = "tfimp.runtime.imports"

# Python 3.12 itself has about 400 objects frozen when it starts.
_FROZEN_BY_PYTHON: Final = 1000


def load() -> Any:
    """The module `tfimp.runtime.imports`, loaded with all that it imports.

    Meanwhile no garbage is collected. Modules make some 500 000 objects that stay, and Python would
    look through them again and again: a tenth of the time that TensorFlow takes to load.
    """
    loaded = sys.modules.get(_RUNTIME)
    if loaded is not None:
        return loaded
    collects = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(_RUNTIME)
    finally:
        if collects:
            _make_old()
            gc.enable()


def _make_old() -> None:
    """Has all objects count as old, so that the next collection need not look at all of them."""
    if gc.get_freeze_count() < _FROZEN_BY_PYTHON:  # or else the program has frozen some to stay so
        gc.freeze()
        gc.unfreeze()
