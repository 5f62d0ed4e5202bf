"""Loads the runtime, and TensorFlow with it, when the first rewritten code needs them."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

from tfimp.runtime.garbage import uncollected

_RUNTIME: Final = "tfimp.runtime.imports"


def load() -> Any:
    """The module `tfimp.runtime.imports`, loaded with all that it imports."""
    loaded = sys.modules.get(_RUNTIME)
    if loaded is not None:
        return loaded
    with uncollected():
        return importlib.import_module(_RUNTIME)
