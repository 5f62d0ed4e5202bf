"""What tensors have besides once TensorFlow's NumPy behaviour is enabled: `x.T`, `x.reshape(4)`.

TensorFlow adds these attributes to its own class when a program asks for it
(`tf.experimental.numpy.experimental_enable_numpy_behavior`). Ours has them from the start, and each
looks whether TensorFlow's has it by now.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.executor import clear_traces
from tfimp.runtime.recording import op_call
from tfimp.runtime.segment import sync
from tfimp.runtime.tensor import Tensor

_METHODS: Final = (
    "astype", "clip", "flatten", "max", "mean", "min", "ravel", "reshape", "transpose",
)

_recorded: Final = functools.cache(op_call)

# The arguments with which a marked program has enabled it last.
_enabled: Final[list[tuple[Any, Any]]] = []


def enable_numpy_behavior(*args: Any, **kwargs: Any) -> None:
    """As `tf.experimental.numpy.experimental_enable_numpy_behavior`.

    It changes what operators do with dtypes, so no trace from before says what they do now.
    """
    sync()
    tf.experimental.numpy.experimental_enable_numpy_behavior(*args, **kwargs)
    if _enabled != [(args, kwargs)]:
        _enabled[:] = [(args, kwargs)]
        clear_traces()


def install_numpy_methods() -> None:
    """Gives `Tensor` the attributes, which it seems to lack until TensorFlow's class has them."""
    for name in _METHODS:
        setattr(Tensor, name, property(_method(name)))
    for name in ("ndim", "size", "data"):
        setattr(Tensor, name, property(_property(name)))
    Tensor.T = property(_transposed)
    Tensor.__pos__ = _positive
    Tensor.__round__ = _rounded


def _own(name: str) -> Any:
    # Tensor.__getattr__ comes next, and raises TensorFlow's error, which says what to enable.
    own = getattr(tf.Tensor, name, None)
    if own is None:
        raise AttributeError(name)
    return own


def _method(name: str) -> Callable[[Tensor], Any]:
    def method(self: Tensor) -> Any:
        return functools.partial(_recorded(_own(name)), self)

    return method


def _property(name: str) -> Callable[[Tensor], Any]:
    def value(self: Tensor) -> Any:
        return _own(name).fget(self)

    return value


def _transposed(self: Tensor) -> Any:
    return _recorded(_own("T").fget)(self)


def _positive(self: Tensor) -> Any:
    if not hasattr(tf.Tensor, "__pos__"):
        raise TypeError("bad operand type for unary +: 'Tensor'")
    return self


def _rounded(self: Tensor, digits: int | None = None) -> Any:
    if hasattr(tf.Tensor, "astype"):  # without which TensorFlow's own raises
        return _recorded(tf.experimental.numpy.around)(self, digits or 0)
    value = self.numpy()
    return round(value) if digits is None else round(value, digits)
