"""`Tensor`: the value handed to the user, a handle on a result that may not be computed yet.

The operators are added by `tfimp.runtime.operators`; this file is what a tensor shows.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.tensorflow_internals import CoreTensor
from tfimp.runtime.thread import local

# What only tensors of a graph have; nobody may set it either.
_OF_GRAPHS: Final = frozenset({"graph", "name", "op"})


class Assignable:
    """The source of a tensor that can be assigned to: a part of a variable."""

    __slots__ = ()

    def assign(self, val: Any, name: str | None = None) -> Any:
        """Assigns to what the tensor was read from; returns the variable."""
        raise NotImplementedError


class Tensor(CoreTensor):  # type: ignore[misc]
    """An immutable dense array of any shape and TensorFlow dtype, computed when it is needed.

    Showing, testing or converting it fetches it: `str`, `repr` and `format` are those of the NumPy
    value, `bool`, `int`, `float`, `len`, iteration and `np.asarray` behave as for an eager tensor.
    Errors of op calls that wait for it are raised then, with TensorFlow's own class and message
    and a note that names the line of the op call.
    """

    # _segment: the segment (or native call) that produced it; None for a value from outside.
    # _output: which of that segment's results it is. _value: the eager tensor once computed.
    # _source: the variable that it is a reading of, where it came from outside.
    __slots__ = ("_output", "_segment", "_source", "_value")

    __array_priority__ = 100

    def _fetch(self) -> Any:
        """The eager tensor, computed now if it has to be. Ends the segment that produced it."""
        if self._segment is not None and self._segment is local.segment:
            local.segment.fetch()
        value = self._value
        if value is None:
            value = self._segment.late_value(self)
        return value

    @property
    def value(self) -> Any:
        """The value as a NumPy array (a NumPy scalar for rank 0)."""
        return self.numpy()

    def numpy(self) -> Any:
        """The value as a NumPy array of its own (a NumPy scalar for rank 0)."""
        return self._fetch().numpy()

    @property
    def dtype(self) -> tf.DType:
        """The dtype, known without fetching."""
        value = self._value
        return self._output.dtype if value is None else value.dtype

    @property
    def shape(self) -> tf.TensorShape:
        """The shape; fetches only where it depends on values."""
        value = self._value
        if value is None:
            shape = self._output.shape
            if shape.is_fully_defined():
                return shape
            value = self._fetch()
        return value.shape

    def get_shape(self) -> tf.TensorShape:
        """The shape, as `shape`."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Checks that the shape is compatible with `shape`; ValueError where it is not."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(
                f"Tensor's shape {self.shape} is not compatible with supplied shape "
                f"{tf.TensorShape(shape)}."
            )

    @property
    def device(self) -> str:
        """The name of the device that holds the value."""
        return str(self._fetch().device)

    @property
    def backing_device(self) -> str:
        """The name of the device whose memory holds the value."""
        return str(self._fetch().backing_device)

    @property
    def name(self) -> str:
        """Only a tensor of a graph has one."""
        raise _of_graphs("name")

    @property
    def op(self) -> Any:
        """Only a tensor of a graph has one."""
        raise _of_graphs("op")

    @property
    def graph(self) -> Any:
        """Only a tensor of a graph has one."""
        raise _of_graphs("graph")

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        rank = self.shape.rank
        assert rank is not None
        return int(rank)

    def ref(self) -> Any:
        """A hashable reference, for use as a dictionary key or in a set."""
        return _Reference(self)

    def __tf_tensor__(self, dtype: tf.DType | None = None, name: str | None = None) -> Any:
        value = crossing(self)
        if vars(self):
            _hang_on(value, vars(self))
        return tf.convert_to_tensor(value, dtype=dtype, name=name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = np.asarray(self._fetch().numpy())
        if copy is None and sys.version_info < (3, 12):
            array.flags.writeable = False  # as later versions have it by way of `__buffer__`
        return array if dtype is None else array.astype(dtype, copy=False)

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self._fetch())

    def __str__(self) -> str:
        return str(self.numpy())

    def __repr__(self) -> str:
        return repr(self.numpy())

    def __format__(self, specification: str) -> str:
        return format(self.numpy(), specification)

    def __bool__(self) -> bool:
        value = self._fetch()._numpy()
        if isinstance(value, np.ndarray) and value.size == 0:
            return False  # as TensorFlow eager has it; NumPy refuses an empty array
        return bool(value)

    def __int__(self) -> int:
        return int(self._fetch())

    def __float__(self) -> float:
        return float(self._fetch()._numpy())

    def __complex__(self) -> complex:
        return complex(self._fetch())

    def __index__(self) -> int:
        return int(self._fetch().__index__())

    def __len__(self) -> int:
        shape = self.shape
        if not shape.rank:
            raise TypeError("Scalar tensor has no `len()`")
        return int(shape[0])

    def __iter__(self) -> Iterator[Any]:
        shape = self.shape
        if not shape.rank:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[index] for index in range(int(shape[0])))

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __reduce__(self) -> Any:
        return _from_numpy, (self.numpy(),)

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self

    def __getattr__(self, name: str) -> Any:
        # What an eager tensor has beyond the above (`cpu()`, `__dlpack__`, ...), and its own words
        # where it has not.
        if (name.startswith("__") and "dlpack" not in name) or name in Tensor.__slots__:
            raise AttributeError(f"'Tensor' object has no attribute {name!r}")
        if name in _OF_GRAPHS:
            raise _of_graphs(name)
        if name.startswith("_keras"):
            # Whether Keras has hung something on it is no reason to compute it.
            return getattr(self._value, name)
        if name == "assign" and isinstance(source := getattr(self, "_source", None), Assignable):
            return source.assign
        return getattr(self._fetch(), name)


def _of_graphs(name: str) -> AttributeError:
    return AttributeError(f"Tensor.{name} is undefined when eager execution is enabled.")


class _AnyTensorType(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return type(instance) is Tensor or isinstance(instance, tf.Tensor)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return subclass in (cls, Tensor) or issubclass(subclass, tf.Tensor)


class AnyTensor(metaclass=_AnyTensorType):
    """What `tf.Tensor` is in marked modules: `isinstance` holds for tensors of either kind."""


def tensorflows_type(annotation: Any) -> Any:
    """A type with TensorFlow's class of tensors where a marked module has written `tf.Tensor`."""
    if annotation is AnyTensor:
        return tf.Tensor
    arguments = typing.get_args(annotation)
    found = tuple(map(tensorflows_type, arguments))
    if all(a is b for a, b in zip(arguments, found, strict=True)):
        return annotation
    origin = typing.get_origin(annotation)
    if origin is types.UnionType:
        return annotation  # which TensorFlow refuses, whatever it holds
    return (typing.Union if origin is typing.Union else origin)[found]


class _Reference:
    """Hashes and compares as the identity of a tensor."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def deref(self) -> Tensor:
        """The tensor."""
        return self._tensor

    def __hash__(self) -> int:
        return id(self._tensor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reference) and other._tensor is self._tensor

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._tensor!r}>"


def note_crossing(tensor: Tensor, value: Any) -> None:
    """Has TensorFlow's own tapes follow the value of a tensor that unmarked code goes on with."""
    local.crossings.append(tensor)
    for tape in local.tapes:
        tape.native.watch(value)


def crossing(tensor: Tensor) -> Any:
    """The value of a tensor that unmarked code goes on with."""
    value = tensor._fetch()
    if local.tapes and _is_differentiable(value):
        note_crossing(tensor, value)
    else:
        local.converted = True
    return value


def _is_differentiable(value: Any) -> bool:
    return bool(value.dtype.is_floating or value.dtype.is_complex)


def _hang_on(value: Any, attributes: Mapping[str, Any]) -> None:
    """Hangs on the value what Keras has hung on its tensor, converted as that is.

    A loss computes with the logits in the place of the probability that they hang on; those that
    an op call has hung on the value itself no tape knows.
    """
    for name, hung in attributes.items():
        if name.startswith("_keras"):
            converts = type(hung) is Tensor
            setattr(value, name, tf.convert_to_tensor(hung) if converts else hung)


def leaf(value: Any, source: Any = None) -> Tensor:
    """A tensor on an eager tensor that came from outside every segment."""
    tensor = Tensor.__new__(Tensor)
    tensor._segment = None
    tensor._output = None
    tensor._value = value
    tensor._source = source
    return tensor


def _from_numpy(array: Any) -> Tensor:
    return leaf(tf.convert_to_tensor(array))


def fetch(value: Any) -> Any:
    """Carries out what a tensor waits for; returns the same object, whatever it is."""
    if type(value) is Tensor:
        value._fetch()
    return value


def fetch_all(*values: Any) -> tuple[Any, ...]:
    """Carries out in one run what several values wait for; returns the same objects."""
    for value in values:
        if type(value) is Tensor:
            value._fetch()
    return values
