"""Static shapes as TensorFlow 1 has them: `x.shape[0].value`.

In TensorFlow 1 a shape holds `Dimension`s. Once a marked module has called `disable_v2_behavior` or
`disable_v2_tensorshape`, the shapes of our tensors and variables hold integers that have what a
`Dimension` has: Keras, which is TensorFlow 2's here, still finds integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.tensor import Tensor
from tfimp.runtime.variable import GuardedVariable

_ARITHMETIC: Final = ("add", "sub", "mul", "floordiv", "mod")


class Dimension(int):
    """A size: an integer that has what a `tf.Dimension` has besides."""

    @property
    def value(self) -> int:
        """The plain integer."""
        return int(self)

    def __repr__(self) -> str:
        return f"Dimension({int(self)})"

    def __str__(self) -> str:
        return str(int(self))

    def __getattr__(self, name: str) -> Any:
        return getattr(tf.compat.v1.Dimension(int(self)), name)


def _of_dimensions(own: Callable[..., Any]) -> Callable[..., Any]:
    """Arithmetic of integers whose result is a `Dimension`."""

    def operator(self: Any, other: Any) -> Any:
        result = own(self, other)
        return Dimension(result) if type(result) is int else result

    return operator


for _name in _ARITHMETIC:
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Dimension, _method, _of_dimensions(getattr(int, _method)))


class ShapeOfDimensions(tf.TensorShape):  # type: ignore[misc]
    """A static shape whose sizes have a `value`."""

    def __getitem__(self, key: Any) -> Any:
        return _with_values(super().__getitem__(key))

    def __iter__(self) -> Iterator[Any]:
        return map(_with_values, super().__iter__())

    def concatenate(self, other: Any) -> Any:
        """The sizes of this shape, then those of the other."""
        return _with_values(super().concatenate(other))


def _with_values(part: Any) -> Any:
    """A size, or a part of a shape, as TensorFlow 1 has it."""
    if isinstance(part, tf.TensorShape):
        return ShapeOfDimensions(part)
    size = tf.compat.dimension_value(part)
    return tf.compat.v1.Dimension(None) if size is None else Dimension(size)


# The classes whose shapes change, and the shapes that TensorFlow 2 gives them.
_shapes: Final[dict[Any, Any]] = {cls: cls.shape for cls in (Tensor, GuardedVariable)}


def _of_version_1(own: Any) -> property:
    """A property like `own`, a static shape, whose sizes have a `value`."""
    return property(lambda self: ShapeOfDimensions(own.fget(self)), doc=own.__doc__)


def use_dimensions(used: bool) -> None:
    """Has shapes hold sizes with a `value`, or plain integers again."""
    for cls, own in _shapes.items():
        cls.shape = _of_version_1(own) if used else own
