"""What a trace remembers of a value instead of the value: its spec.

Specs are interned, so that a trace tree can tell them apart by identity.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

TENSOR: Final = "tensor"
VARIABLE: Final = "variable"
ARRAY: Final = "array"
SCALAR: Final = "scalar"


class InputSpec:
    """The spec of a value that enters a segment from outside.

    Attributes:
        kind: TENSOR (a result of an earlier segment, or an eager tensor), VARIABLE, ARRAY (a
            NumPy value, whose dtype TensorFlow may still convert) or SCALAR (a Python number or
            text).
        dtype: TensorFlow's dtype number, for SCALAR the Python class.
        shape: a tuple of ints, None for a dimension that varies; None for an unknown rank.
    """

    __slots__ = ("dtype", "kind", "shape")

    def __init__(self, kind: str, dtype: Any, shape: tuple[int | None, ...] | None) -> None:
        self.kind = kind
        self.dtype = dtype
        self.shape = shape

    def __repr__(self) -> str:
        return f"InputSpec({self.kind}, {self.dtype}, {self.shape})"

    def relaxed(self, other: InputSpec) -> InputSpec:
        """The narrowest spec that takes values of both specs; both have the same rank."""
        assert self.shape is not None and other.shape is not None
        return input_spec(
            self.kind, self.dtype,
            tuple(a if a == b else None for a, b in zip(self.shape, other.shape, strict=True)),
        )

    def accepts(self, other: InputSpec) -> bool:
        """Whether a value of spec `other` (of the same kind, dtype and rank) fits this spec."""
        assert self.shape is not None and other.shape is not None
        return all(a is None or a == b for a, b in zip(self.shape, other.shape, strict=True))


class Repeat:
    """The second and later uses, in one segment, of its input number `index`."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __repr__(self) -> str:
        return f"Repeat({self.index})"


_tensor_specs: dict[tuple[int, tuple[int, ...]], InputSpec] = {}
_other_specs: dict[tuple[str, Any, Any], InputSpec] = {}
_repeats: list[Repeat] = []


def input_spec(kind: str, dtype: Any, shape: tuple[int | None, ...] | None) -> InputSpec:
    """The interned spec."""
    key = (kind, dtype, shape)
    spec = _other_specs.get(key)
    if spec is None:
        # setdefault, so that two threads that meet here agree on one object.
        spec = _other_specs.setdefault(key, InputSpec(kind, dtype, shape))
    return spec


def eager_spec(value: Any) -> InputSpec:
    """The interned spec of an eager tensor."""
    key = (value._datatype_enum(), value._shape_tuple())
    spec = _tensor_specs.get(key)
    if spec is None:
        spec = _tensor_specs.setdefault(key, input_spec(TENSOR, *key))
    return spec


def repeat(index: int) -> Repeat:
    """The interned key of a repeated input."""
    while len(_repeats) <= index:
        _repeats.append(Repeat(len(_repeats)))
    return _repeats[index]


class CopiedArray:
    """A NumPy value that an earlier segment has copied, taken again without another copy.

    Attributes:
        feed: the eager tensor that holds the copy.
    """

    __slots__ = ("feed",)

    def __init__(self, feed: Any) -> None:
        self.feed = feed

    @property
    def spec(self) -> InputSpec:
        """Its spec as an input of a segment."""
        return input_spec(ARRAY, self.feed._datatype_enum(), self.feed._shape_tuple())

    def natural(self) -> np.ndarray[Any, Any]:
        """What it was when TensorFlow first saw it: an array, of weak dtype."""
        return np.asarray(self.feed.numpy())


# Integer arrays up to this size begin as constants, since they may be shapes or axes.
LARGEST_CONSTANT_ARRAY: Final = 16


def begins_as_constant(array: np.ndarray[Any, Any]) -> bool:
    """Whether a NumPy value is one that TensorFlow might read while it traces (a shape, axes)."""
    return array.dtype.kind in "iub" and array.size <= LARGEST_CONSTANT_ARRAY
