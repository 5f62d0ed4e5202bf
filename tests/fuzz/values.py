"""The values that live in a program while it is written, by scope, dtype and shape."""

from __future__ import annotations

from typing import NamedTuple

FLOATS = ("float32", "float64", "float16")
INTEGERS = ("int32", "int64", "int16")
SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3), (2, 2), (3, 2), (1, 3))


class Kind(NamedTuple):
    """What a tensor is: all tensors of one kind can stand for each other."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def is_float(self) -> bool:
        """Whether op calls of real numbers take it."""
        return self.dtype in FLOATS

    @property
    def size(self) -> int:
        """How many elements it has."""
        size = 1
        for dimension in self.shape:
            size *= dimension
        return size


class Scope:
    """The names that a line of a program may use; a block's own names end with the block."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.tensors: dict[str, Kind] = dict(outer.tensors) if outer else {}
        self.variables: dict[str, Kind] = dict(outer.variables) if outer else {}
        self.counters: list[str] = list(outer.counters) if outer else []
        self.functions: dict[str, Kind] = dict(outer.functions) if outer else {}

    def tensors_of(self, kind: Kind) -> list[str]:
        """The names of the tensors of one kind."""
        return [name for name, other in self.tensors.items() if other == kind]

    def variables_of(self, kind: Kind) -> list[str]:
        """The names of the variables of one kind."""
        return [name for name, other in self.variables.items() if other == kind]

    def floats(self) -> dict[str, Kind]:
        """All that a gradient can be taken of or by."""
        return {
            name: kind for name, kind in (self.tensors | self.variables).items() if kind.is_float
        }
