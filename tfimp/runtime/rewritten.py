"""The names that rewritten modules call, and nothing else: this module imports no TensorFlow.

A module may be marked and never touch a tensor, so the functions here begin as the cheapest
thing that is right without tensors. When the runtime is first loaded it puts its own in their
place (`tfimp.runtime.imports.activate`); rewritten code looks them up by attribute at each call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfimp.runtime.loading import load

# Whether some thread has op calls in its open segment. The marks of loops and of `try` test it
# before they call a function, so a loop that does no tensor work pays for one attribute.
recording: bool = False

# Whether marked code may ask for a gradient that no tape has recorded; see `runtime.history`.
keeps_history: bool = False


def fetch(value: Any) -> Any:
    """Carries out what a tensor waits for; returns the same object."""
    return value


def fetch_all(*values: Any) -> tuple[Any, ...]:
    """Carries out in one run what several values wait for; returns the same objects."""
    return values


def keep_history() -> None:
    """Has what gradients need kept from now on, for `tf.gradients` may be called."""
    global keeps_history
    keeps_history = True


def enter_loop(site: str, iterable: Iterable[Any]) -> Iterable[Any]:
    """Notes that the loop at `site` begins; returns what it iterates over."""
    return iterable


def iterate(site: str) -> None:
    """Notes a back edge of the loop at `site`; may end the open segment."""


def enter_function() -> None:
    """Notes that a function that calls itself begins; may end the open segment."""


def leave_function(value: Any) -> Any:
    """Notes that a function that calls itself returns `value`; may end the open segment."""
    return value


def enter_try(site: str) -> None:
    """Carries out what is pending before the `try` at `site` begins."""


def enter_with(site: str, manager: Any) -> Any:
    """Carries out what is pending before the `with` at `site` enters a manager; returns that."""
    return manager


def fails(site: str) -> bool:
    """Carries out what the body of `try` or `with` at `site` has recorded; whether that failed."""
    return False


def failure() -> BaseException:
    """The error that made `fails` true."""
    raise RuntimeError("nothing has failed; this is an error in tfimp")


def carried_out(site: str, value: Any) -> Any:
    """Carries out what the body at `site` has recorded, for it is left; returns the value."""
    return value


def resumed(site: str, value: Any) -> Any:
    """Notes that the body at `site`, left by a `yield` or an `await`, goes on."""
    return value


def import_module(name: str, top: bool = False) -> Any:
    """What `import name as x` binds, or with `top` what `import name` binds: a namespace."""
    return load().import_module(name, top)


def import_name(module: str, name: str) -> Any:
    """What `from module import name` binds; ImportError where there is no such name."""
    return load().import_name(module, name)


def import_star(module: str, module_globals: dict[str, Any]) -> None:
    """Binds in `module_globals` what `from module import *` binds."""
    load().import_star(module, module_globals)
