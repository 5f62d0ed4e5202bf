"""The names that rewritten modules call, and nothing else: this module imports no TensorFlow.

A module may be marked and never touch a tensor, so the functions here begin as the cheapest
thing that is right without tensors. When the runtime is first loaded it puts its own in their
place (`tfimp.runtime.imports.activate`); rewritten code looks them up by attribute at each call.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

# Whether some thread has op calls in its open segment. Rewritten loops test it before they call
# `iterate`, so a loop that does no tensor work pays for one attribute.
recording: bool = False


def fetch(value: Any) -> Any:
    """Carries out what a tensor waits for; returns the same object."""
    return value


def fetch_all(*values: Any) -> tuple[Any, ...]:
    """Carries out in one run what several values wait for; returns the same objects."""
    return values


def enter_loop(site: str, iterable: Iterable[Any]) -> Iterable[Any]:
    """Notes that the loop at `site` begins; returns what it iterates over."""
    return iterable


def iterate(site: str) -> None:
    """Notes a back edge of the loop at `site`; may end the open segment."""


def _load() -> Any:
    return importlib.import_module("tfimp.runtime.imports")


def import_module(name: str, top: bool = False) -> Any:
    """What `import name as x` binds, or with `top` what `import name` binds: a namespace."""
    return _load().import_module(name, top)


def import_name(module: str, name: str) -> Any:
    """What `from module import name` binds; ImportError where there is no such name."""
    return _load().import_name(module, name)


def import_star(module: str, module_globals: dict[str, Any]) -> None:
    """Binds in `module_globals` what `from module import *` binds."""
    _load().import_star(module, module_globals)
