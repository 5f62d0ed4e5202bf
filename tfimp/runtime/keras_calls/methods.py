"""Exchanges methods of Keras's classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def replace_method(cls: Any, name: str, recorded: Callable[..., Any]) -> None:
    """Puts what `recorded` makes of a method in its place, in the class that defines it."""
    holder = next(base for base in cls.__mro__ if name in vars(base))
    setattr(holder, name, recorded(vars(holder)[name]))
