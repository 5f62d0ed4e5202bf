"""What comes into a segment from outside, and the keys of arguments.

A key must tell one op call from another and nothing more: values that come from outside are told
by dtype and shape, Python's own values by themselves.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.crossings import Crossing, back_from_unmarked
from tfimp.runtime.keys import (
    CAST,
    COMPLEX,
    CONSTANT_ARRAY,
    DICT,
    INDEXED_SLICES,
    LIST,
    NAMED_TUPLE,
    ODD,
    SHAPE,
    SLICE,
    TUPLE,
)
from tfimp.runtime.spec import (
    ARRAY,
    SCALAR,
    CopiedArray,
    InputSpec,
    Repeat,
    begins_as_constant,
    eager_spec,
    input_spec,
    repeat,
)
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import (
    EagerTensor,
    make_eager,
    numpy_enum,
)
from tfimp.runtime.thread import local
from tfimp.runtime.variable import GuardedVariable, Variable, Version, variable_in


class Unrecordable(Exception):
    """An argument whose op call cannot be told from others by a key."""


class Sealed(Unrecordable):
    """A variable that was written by an op call after which its segment cannot go on with it."""


# The key of such a variable. It is false, so that whoever has found it asks `variable_key`.
_SEALED: Final[Any] = ()


class Inputs:
    """The inputs of a segment, in the order of their first use.

    Attributes:
        inputs: what came from outside, by number: a Tensor, a Variable, ARRAY, or a pair
            (SCALAR, value). `feeds` are the same as eager tensors and handles.
        known: the keys of inputs used before, by identity.
        versions: the versions that variables had on entry, by input number.
        is_sealed: whether some variables must not be used again.
    """

    __slots__ = ("feeds", "inputs", "is_sealed", "known", "versions")

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.feeds: list[Any] = []
        self.known: dict[int, Repeat] = {}
        self.versions: dict[int, Version] = {}
        self.is_sealed = False

    def input_key(self, tensor: Tensor) -> Repeat | InputSpec:
        """The key of a tensor that this segment did not produce."""
        key = self.known.get(id(tensor))
        if key is not None:
            return key
        value = tensor._value
        if value is None:
            value = tensor._fetch()
        if local.unmarked_tapes:
            raise Unrecordable  # TensorFlow must see the op call itself
        inputs = self.inputs
        if id(value) in self.known:
            return self._input_of_value(tensor, self.known[id(value)])
        self.known[id(tensor)] = repeat(len(inputs))
        inputs.append(tensor)
        self.feeds.append(value)
        return eager_spec(value)

    def _input_of_value(self, tensor: Tensor, key: Repeat) -> Repeat:
        """Takes for a tensor the input that came out of unmarked code with the same value.

        TensorFlow's tape would give each of two inputs that are one eager tensor the whole
        gradient.
        """
        number = key.index
        other = self.inputs[number]
        if not _leads_to(other, tensor):
            self.known.pop(id(other), None)
            self.inputs[number] = tensor
        self.known[id(tensor)] = key
        return key

    def variable_key(self, variable: GuardedVariable) -> Repeat | InputSpec:
        """The key of a variable.

        Raises:
            Sealed: if the segment has to end before the variable is used again.
        """
        key = self.known.get(id(variable))
        if key is not None:
            if key is _SEALED:
                raise Sealed
            return key
        if local.unmarked_tapes:
            raise Unrecordable  # TensorFlow must see the op call itself
        for tape in local.tapes:
            tape.note_access(variable)
        if variable.writer is not None:
            variable.carry_out_writes_of_others()
        inputs = self.inputs
        number = len(inputs)
        self.versions[number] = variable._version
        self.known[id(variable)] = repeat(number)
        inputs.append(variable)
        self.feeds.append(variable._bare_handle)
        return variable._spec or variable.spec

    def seal(self, variables: list[GuardedVariable]) -> None:
        """Has the segment end before any of these variables is used again."""
        known = self.known
        for variable in variables:
            if id(variable) in known:
                known[id(variable)] = _SEALED
        self.is_sealed = True

    def extend_key(self, key: list[Any], value: Any) -> None:
        """Appends the key of any argument.

        Raises:
            Unrecordable: if the argument has no key.
        """
        cls = type(value)
        if cls is Tensor:
            key.append(value._output if value._segment is self else self.input_key(value))
        elif cls in _STATIC_CLASSES:
            if cls is float and (not value or value != value):
                key.append((ODD, repr(value)))
            elif cls is float:
                key.append(self.known.get(id(value)) or (cls, value))
            else:
                key.append((cls, value))
        elif cls is Variable or cls is GuardedVariable:
            key.append(self.known.get(id(value)) or self.variable_key(value))
        elif cls is np.ndarray:
            self.add_array(key, value)
        elif cls is list:
            key.append((LIST, len(value)))
            known = self.known
            for item in value:  # of many variables or results, as an optimizer has them
                cls = type(item)
                if cls is Tensor and item._segment is self:
                    key.append(item._output)
                elif cls is Variable or cls is GuardedVariable:
                    key.append(known.get(id(item)) or self.variable_key(item))
                else:
                    self.extend_key(key, item)
        elif cls is tuple:
            key.append((TUPLE, len(value)))
            for item in value:
                self.extend_key(key, item)
        else:
            _key_of_other(self, key, value)

    def add_array(self, key: list[Any], array: Any) -> None:
        """Appends the key of a NumPy value and takes a copy of what it holds now."""
        if begins_as_constant(array):
            key.append((CONSTANT_ARRAY, array.dtype.str, array.shape, array.tobytes()))
            return
        try:
            enum = numpy_enum(array.dtype)
        except TypeError:
            raise Unrecordable from None
        self.inputs.append(ARRAY)
        self.feeds.append(make_eager(array, enum))
        key.append(input_spec(ARRAY, enum, array.shape))

    def add_generalised(self, value: Any) -> None:
        """Adds as an input a static value of a place where values were seen to vary."""
        if type(value) is float:
            self.known[id(value)] = repeat(len(self.inputs))
        self.inputs.append((SCALAR, value))
        self.feeds.append(_feed_of(value))

    def forget_after(self, end: int) -> None:
        """Takes back all inputs but the first `end`."""
        if len(self.inputs) > end:
            for value in self.inputs[end:]:
                self.known.pop(id(value), None)
                if type(value) is Tensor:
                    self.known.pop(id(value._value), None)
                elif type(value) is tuple:
                    self.known.pop(id(value[1]), None)
            del self.inputs[end:]
            del self.feeds[end:]
            for number in [number for number in self.versions if number >= end]:
                del self.versions[number]


_STATIC_CLASSES = frozenset({float, int, bool, str, bytes, type(None), type(...), tf.DType, range})


def _key_of_other(segment: Inputs, key: list[Any], value: Any) -> None:
    if type(value) is CopiedArray:
        segment.inputs.append(ARRAY)
        segment.feeds.append(value.feed)
        key.append(value.spec)
    elif isinstance(value, np.ndarray):
        segment.add_array(key, value)
    elif isinstance(value, np.generic):
        segment.add_array(key, np.asarray(value))
    elif isinstance(value, EagerTensor):
        _key_of_eager(segment, key, value)
    elif isinstance(value, slice):
        key.append((SLICE, 3))
        for item in (value.start, value.stop, value.step):
            segment.extend_key(key, item)
    elif isinstance(value, dict):
        key.append((DICT, tuple(value)))
        for item in value.values():
            segment.extend_key(key, item)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        key.append((NAMED_TUPLE, type(value), len(value)))
        for item in value:
            segment.extend_key(key, item)
    elif isinstance(value, tf.IndexedSlices):
        key.append((INDEXED_SLICES, 3))
        for item in (value.values, value.indices, value.dense_shape):
            segment.extend_key(key, item)
    elif isinstance(value, tf.TensorShape):
        key.append((SHAPE, None if value.rank is None else tuple(value.as_list())))
    elif isinstance(value, complex):
        key.append((COMPLEX, repr(value)))
    elif isinstance(value, int):  # a member of an enumeration, a size of a shape
        key.append((int, int(value)))
    elif isinstance(value, (type, np.dtype)):
        key.append((type(value), value))
    elif isinstance(value, tf.Variable) and not local.unmarked_tapes:
        # Not ours, so others may write it unseen: it is read now.
        for tape in local.tapes:
            tape.note_access(value)
        tensor = leaf(tf.convert_to_tensor(value), source=value)
        key.append(segment.input_key(tensor))
    else:
        _key_of_stand_in(segment, key, value)


def _key_of_stand_in(segment: Inputs, key: list[Any], value: Any) -> None:
    found = variable_in(value)
    if found is None:
        raise Unrecordable
    variable, dtype = found
    if dtype is not None:
        key.append((CAST, dtype))
    key.append(segment.variable_key(variable))


def _key_of_eager(segment: Inputs, key: list[Any], value: Any) -> None:
    known = segment.known.get(id(value))
    if known is not None:
        key.append(known)
        return
    if value.dtype in (tf.resource, tf.variant):
        raise Unrecordable
    tensor = back_from_unmarked(value)
    for number, other in enumerate(segment.inputs):
        if type(other) is Tensor and other._value is value:
            if _leads_to(tensor, other):
                segment.inputs[number] = tensor
            segment.known[id(value)] = repeat(number)
            key.append(repeat(number))
            return
    spec = segment.input_key(tensor)
    segment.known[id(value)] = segment.known[id(tensor)]
    key.append(spec)


def _leads_to(crossed: Tensor, tensor: Tensor) -> bool:
    """Whether the history of a tensor of unmarked code has another tensor further back."""
    history = crossed._segment
    return type(history) is Crossing and any(
        tensor is before for before in history.handed_over()
    )


_WIDE: Final = {float: tf.float64, int: tf.int64, str: tf.string, bytes: tf.string}

# The last Python number that became an input: a learning rate is used for each variable in turn.
_last_number: tuple[Any, Any] = (None, None)


def _feed_of(value: Any) -> Any:
    """The eager tensor on which a plan takes a generalised value."""
    global _last_number
    if isinstance(value, np.ndarray):
        return make_eager(value, numpy_enum(value.dtype))
    number, feed = _last_number
    if number is not value:
        feed = make_eager(value, _WIDE[type(value)].as_datatype_enum)
        _last_number = (value, feed)
    return feed


def place_of(result: Any, args: Any, kwargs: Any) -> int | str | None:
    """Where among an op call's arguments stands what it returned; None if that is new."""
    places: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    for place, value in places:
        if type(value) is Tensor:
            if value._value is result:
                return place
        elif isinstance(value, GuardedVariable) and value.native is result:
            return place
    return None


def argument_at(args: Any, kwargs: Any, place: int | str) -> Any:
    """The argument at a place that `place_of` has told."""
    return args[place] if isinstance(place, int) else kwargs[place]
