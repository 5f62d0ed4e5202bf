"""Op calls that come again with other values: constants become inputs, dimensions vary.

A Python number or text in an op call is a constant at first. Once the same place in the trace has
seen a third value of it, it becomes an input of the trace; likewise a dimension of an array once
it has mismatched twice. Where TensorFlow needs the value to trace (a shape, an axis), a trial
trace shows it, and the constant stays one.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.keys import ODD, Output, is_array_constant
from tfimp.runtime.own_calls import WRITES, Differentiation, gradient
from tfimp.runtime.plan import feed_dtype
from tfimp.runtime.spec import SCALAR, TENSOR, VARIABLE, InputSpec, Repeat, input_spec
from tfimp.runtime.tensorflow_internals import numpy_enum, scratch_graph
from tfimp.runtime.trace import Node, lock
from tfimp.runtime.weak_inputs import WeakInput, call, natural_dtype

# A place generalises when it sees this many different values.
VALUES_SEEN: Final = 3

_COMMON_NUMBERS: Final = frozenset({-2, -1, 0, 1, 2, 0.5})

# Operators that take a tensor where they take a number, and return the same dtype and shape then.
_ELEMENTWISE: Final = frozenset({
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
})

# Besides floats.
_MAY_VARY: Final = frozenset({int, str, bytes})

# Beyond these TensorFlow gives a number another dtype, or refuses it.
_SMALLEST_INT32, _LARGEST_INT32 = -(2**31), 2**31 - 1
_LARGEST_FLOAT32: Final = float(np.finfo(np.float32).max)


class Pattern:
    """How the keys of one form are generalised.

    Attributes:
        specs: by position in the key, the spec of the input that stands there; empty if it was
            tried and the values must stay constants.
        seconds_lost: what tier 0 had spent on the traces that it replaces.
        constants: how many keys were seen since it was found that the values must stay constants.
    """

    __slots__ = ("constants", "seconds_lost", "specs")

    def __init__(self, specs: dict[int, InputSpec]) -> None:
        self.specs = specs
        self.seconds_lost = 0.0
        self.constants: float = 0


# Where values must stay constants, a place remembers so many op calls that differ in them.
MOST_CONSTANTS: Final = 8


def is_exhausted(node: Node, key: tuple[Any, ...]) -> bool:
    """Whether a place has seen so many values of what must be constant that it remembers no more.

    Each would have a trace of its own for all that follows.
    """
    assert node.patterns is not None
    pattern: Pattern | None = node.patterns.get(_form(key))
    if pattern is None or pattern.specs:
        return False
    pattern.constants += 1
    if pattern.constants == MOST_CONSTANTS + 1 and not _takes_tensors(key):
        # Run by itself such a call gives a value from outside, for which one trace will do.
        with lock:
            for known in [known for known in node.children if _form(known) == _form(key)]:
                del node.children[known]
    return pattern.constants > MOST_CONSTANTS


def _takes_tensors(key: tuple[Any, ...]) -> bool:
    return any(type(part) in (Output, InputSpec, Repeat) for part in key)


def _form(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key without the values that may vary."""
    return tuple([
        _form_of_part(part) if type(part) is tuple or type(part) is InputSpec else part
        for part in key
    ])


def _form_of_part(part: Any) -> Any:
    cls = type(part)
    if cls is tuple:
        if part[0] is float or part[0] is ODD:
            return float
        if part[0] in _MAY_VARY:
            return part[0]
        if is_array_constant(part):
            return (part[0], part[1], len(part[2]))
    elif cls is InputSpec and part.shape is not None and part.kind is not VARIABLE:
        return (part.kind, part.dtype, len(part.shape))
    return part


def generalised_key(segment: Any, key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key by which a call is known at the segment's cursor; adds the inputs that it needs."""
    pattern = segment.cursor.patterns.get(_form(key))
    if pattern is None or not pattern.specs:
        return key
    parts = list(key)
    values = []
    for position, spec in pattern.specs.items():
        part = key[position]
        if type(part) is tuple and part[0] is float:
            # A rate that is used for each variable in turn is one input.
            value = part[1]
            if _LARGEST_FLOAT32 < abs(value) < math.inf:
                return key
            parts[position] = segment.known.get(id(value)) or spec
            if parts[position] is spec:
                values.append(value)
            continue
        if not spec.accepts(_spec_of(part)):
            return key
        if type(part) is not InputSpec:
            value = _value_of(part)
            if type(value) is int and not _SMALLEST_INT32 <= value <= _LARGEST_INT32:
                return key
            values.append(value)
        parts[position] = spec
    for value in values:
        segment.add_generalised(value)
    return tuple(parts)


def note_new_key(segment: Any, key: tuple[Any, ...]) -> Pattern | None:
    """Notes an op call that is new at the segment's cursor.

    Returns:
        A pattern if its form has varied enough, so that it is generalised from now on.
    """
    node: Node = segment.cursor
    varying = _varying_numbers(segment, key)
    if len(node.children) < VALUES_SEEN - 1 and not varying:
        return None  # as at nearly every node of a program that runs once
    form = _form(key)
    if node.patterns and form in node.patterns:
        return None
    if node.forms is None:
        node.forms = {}
        for known in node.children:
            node.forms.setdefault(_form(known), []).append(known)
    keys = node.forms.setdefault(form, [])
    keys.append(key)
    if len(keys) >= VALUES_SEEN:
        pattern = _find_pattern(node, keys)
    elif varying and len(keys) == 1 and _traces(node, key, varying):
        pattern = Pattern(varying)
    else:
        return None
    if node.patterns is None:
        node.patterns = {}
    node.patterns[form] = pattern
    del node.forms[form]
    if not pattern.specs:
        return None
    replaced = [node.children.pop(known) for known in keys if known in node.children]
    pattern.seconds_lost = _seconds_lost(replaced)
    return pattern


def _varying_numbers(segment: Any, key: tuple[Any, ...]) -> dict[int, InputSpec]:
    """The specs, by position, of numbers that have varied at an earlier op call of the segment.

    A learning rate is used for each variable in turn: what varied once need not be waited for at
    each of its uses. Small whole numbers are left out, since so many are equal by chance.
    """
    if isinstance(key[0], Differentiation):
        # Its numbers are inputs of the segment that it is about: that they vary is known.
        return {position: _spec_of(part) for position, part in enumerate(key)
                if type(part) is tuple and part[0] in (float, int)}
    numbers = {value[1] for value in segment.inputs
               if type(value) is tuple and type(value[1]) in (float, int)}
    numbers.difference_update(_COMMON_NUMBERS)
    if not numbers or key[0] is gradient:
        return {}
    return {
        position: _spec_of(part) for position, part in enumerate(key)
        if type(part) is tuple and part[0] in (float, int) and part[1] in numbers
    }


def _seconds_lost(replaced: list[Node]) -> float:
    """What tier 0 has spent on traces beyond the first visit of the first of them."""
    seconds = 0.0
    stack = replaced[:1]
    while stack:
        node = stack.pop()
        seconds += node.ending.seconds_lost if node.ending is not None else 0.0
        stack.extend(node.children.values())
    stack = replaced[1:]
    while stack:
        node = stack.pop()
        if node.ending is not None:
            seconds += node.ending.seconds_lost + node.ending.seconds_of_first_visit
        stack.extend(node.children.values())
    return max(seconds, 0.0)


def _find_pattern(node: Node, keys: list[tuple[Any, ...]]) -> Pattern:
    specs: dict[int, InputSpec] = {}
    first = keys[0]
    if first[0] is gradient:
        return Pattern({})
    for position, part in enumerate(first):
        others = [key[position] for key in keys[1:]]
        if all(part is other or part == other for other in others):
            continue
        spec = _spec_of(part)
        for other in others:
            spec = spec.relaxed(_spec_of(other))
        specs[position] = spec
    if any(spec.kind is SCALAR for spec in specs.values()) and not _traces(node, keys[-1], specs):
        pattern = Pattern({})
        if any(spec.dtype is str for spec in specs.values()):
            pattern.constants = -math.inf  # of modes, equations and names a program has a few
        return pattern
    return Pattern(specs)


def _value_of(part: tuple[Any, ...]) -> Any:
    if part[0] is ODD:
        return float(part[1])
    if is_array_constant(part):
        return np.frombuffer(part[3], dtype=part[1]).reshape(part[2])
    return part[1]


def _spec_of(part: Any) -> InputSpec:
    if type(part) is InputSpec:
        return part
    if is_array_constant(part):
        return input_spec(SCALAR, numpy_enum(np.dtype(part[1])), part[2])
    return input_spec(SCALAR, float if part[0] is ODD else part[0], ())


def _traces(node: Node, key: tuple[Any, ...], specs: dict[int, InputSpec]) -> bool:
    """Whether TensorFlow can trace the call without the values, and knows as much of its result."""
    if isinstance(key[0], Differentiation):
        return True  # as it could in the segment that it is about
    if key[0] in _ELEMENTWISE and all(spec.shape == () for spec in specs.values()):
        return True
    exact = _trial(Node(node, key))
    general = _trial(Node(node, tuple(
        specs.get(position, part) if type(part) is not InputSpec else part
        for position, part in enumerate(key)
    )))
    if exact is None or general is None or len(exact) != len(general):
        return False
    if key[0] is operator.getitem or _is_dynamic(specs.values()):
        # The bounds of a slice vary: its size may, but its rank does not. So it is where the
        # size of an array varies.
        return [(a.dtype, a.shape.rank) for a in exact] == [
            (b.dtype, b.shape.rank) for b in general
        ]
    return all(
        a.dtype == b.dtype and a.shape.rank == b.shape.rank
        and a.shape.as_list() == b.shape.as_list()
        for a, b in zip(exact, general, strict=True)
        if a.shape.rank is not None or b.shape.rank is not None
    )


def _is_dynamic(specs: Iterable[InputSpec]) -> bool:
    return any(spec.shape is not None and None in spec.shape for spec in specs)


def _trial(node: Node) -> list[Any] | None:
    """What the op call returns in a graph of its own; None if it cannot be traced."""
    if node.function in WRITES:
        return []  # a variable takes any value of its dtype, and the value is never an attribute
    stand_ins: dict[Any, Any] = {}
    specs = dict(enumerate(node.input_specs(), node.first_input))

    def resolve(reference: Output | int) -> Any:
        if reference not in stand_ins:
            stand_ins[reference] = _stand_in(node, reference, specs)
        return stand_ins[reference]

    with scratch_graph().as_default():
        try:
            result = call(node, resolve)
        except Exception:
            return None
        if any(_is_text_not_converted(value) for value in stand_ins.values()):
            return None  # a name, say, or a mode of which one was the default
        return [item for item in tf.nest.flatten(result) if item is not None]


def _is_text_not_converted(stand_in: Any) -> bool:
    return (
        type(stand_in) is WeakInput and stand_in.natural is tf.string and not stand_in.converted
    )


def takes_inputs(constant: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.constant`, but in a graph it also takes an input in the place of a number or array."""

    @functools.wraps(constant)
    def call(value: Any, dtype: Any = None, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, WeakInput):
            return constant(value, dtype, shape, *args, **kwargs)
        tensor = tf.convert_to_tensor(value, dtype)
        if shape is None:
            return tensor
        return tf.reshape(tensor, shape) if tensor.shape.rank else tf.fill(shape, tensor)

    return call


def _stand_in(node: Node, reference: Output | int, specs: dict[int, InputSpec]) -> Any:
    if isinstance(reference, Output):
        dtype, shape = reference.seen
        if any(_is_dynamic(step.input_specs()) for step in reference.node.path()):
            # What it was when it was first seen is one of many.
            return tf.compat.v1.placeholder(tf.as_dtype(dtype), [None] * len(shape))
        return tf.compat.v1.placeholder(tf.as_dtype(dtype), shape)
    spec = specs.get(reference)
    if spec is None:
        spec = _spec_on_path(node, reference)
    if spec.kind is VARIABLE:
        return tf.compat.v1.placeholder(tf.as_dtype(spec.dtype[0]), spec.shape)
    placeholder = tf.compat.v1.placeholder(feed_dtype(spec), spec.shape)
    if spec.kind is TENSOR:
        return placeholder
    return WeakInput(placeholder, natural_dtype(spec.dtype))


def _spec_on_path(node: Node, number: int) -> InputSpec:
    for step in node.path():
        if step.first_input <= number < step.end_input:
            return step.input_specs()[number - step.first_input]
    raise AssertionError(f"input {number} is not on the path")
