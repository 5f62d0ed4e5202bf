"""Op calls that TensorFlow runs by itself, at once, because no key can tell them apart.

Their arguments hold functions, composite tensors and the like, or they have effects that a plan
must not repeat or move. So that no gradient is lost they run under TensorFlow's own tape, which
then is their history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.aside import aside, convert, native
from tfimp.runtime.crossings import Crossing, NativeOutput, back_from_unmarked
from tfimp.runtime.history import Dropped, extend_history, is_wanted
from tfimp.runtime.tensor import Tensor, crossing, note_crossing
from tfimp.runtime.tensorflow_internals import (
    EagerTensor,
    NativeTape,
    graph_stack,
    is_composite,
    recording_again,
    stop_tapes,
    unseen_copy,
)
from tfimp.runtime.thread import local, serials
from tfimp.runtime.trace import map_tensors

# Functions that draw at random and have no other effect: what is pending need not come first.
draws: set[Any] = set()


class NativeCall:
    """An op call that TensorFlow ran by itself; as history it answers like a closed segment.

    Attributes:
        inputs: the tensors and variables that took part, of composite tensors the parts;
            `values` as the tape knows them.
        outputs: the eager tensors that it returned.
        serial, differentiable, dropped: as of a `Segment`.
    """

    __slots__ = ("__weakref__", "_tape", "differentiable", "dropped", "history_length",
                 "inputs", "outputs", "prune_at", "serial", "values")

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.values: list[Any] = []
        self.outputs: list[Any] = []
        self.serial = next(serials)
        self.differentiable = True
        self.dropped: Dropped | None = None
        self.history_length = 0
        self.prune_at = 0
        self._tape: Any = None

    def run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Makes the call; returns its result with our tensors in the place of eager ones."""
        if not is_wanted(self):
            self.dropped = Dropped.UNWANTED
            return wrap(_call_unseen(function, args, kwargs), self)
        self._tape = NativeTape(persistent=True)
        with self._tape, aside(self.watch):
            if local.tapes or local.converted:
                args, kwargs = self._with_history(tuple(args)), self._with_history(kwargs)
            result = function(*[convert(arg, self.watch) for arg in args],
                              **{k: convert(arg, self.watch) for k, arg in kwargs.items()})
        for variable in self._tape.watched_variables():
            self.inputs.append(getattr(variable, "tfimp_variable", variable))
            self.values.append(variable)
        if self.inputs and not local.tapes and any(map(_has_parts, tf.nest.flatten(result))):
            local.converted = True
        return wrap(result, self)

    def _with_history(self, value: Any) -> Any:
        """An argument with tensors of ours, which have a history, for those of unmarked code.

        A composite tensor stays as it is, since TensorFlow takes it only with parts of its own.
        They are inputs of this call.
        """
        cls = type(value)
        if cls is list or cls is tuple:
            return cls(self._with_history(item) for item in value)
        if cls is dict:
            return {key: self._with_history(item) for key, item in value.items()}
        if isinstance(value, EagerTensor):
            return back_from_unmarked(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return cls(*(self._with_history(item) for item in value))
        if cls is tf.IndexedSlices:
            return tf.IndexedSlices(*map(
                self._with_history, (value.values, value.indices, value.dense_shape)
            ))
        if is_composite(value):
            for part in tf.nest.flatten(value, expand_composites=True):
                if isinstance(part, EagerTensor):
                    self.watch(back_from_unmarked(part))
        return value

    def watch(self, tensor: Tensor) -> Any:
        """The value of a tensor that takes part."""
        value = tensor._fetch()
        if any(value is known for known in self.values):
            return value
        if value.dtype.is_floating or value.dtype.is_complex:
            self.inputs.append(tensor)
            self.values.append(value)
            self._tape.watch(value)
            if local.tapes:
                note_crossing(tensor, value)
        return value

    def vector_jacobian_product(
        self, cotangents: dict[int, Any], wanted: list[int]
    ) -> list[Any]:
        """Gradients for the wanted inputs (by number), given those of outputs (by slot)."""
        slots = list(cotangents)
        gradients = self._tape.gradient(
            [self.outputs[slot] for slot in slots], [self.values[number] for number in wanted],
            output_gradients=[cotangents[slot] for slot in slots],
        )
        return list(gradients)

    def product(self, cotangents: dict[int, Any], wanted: list[int]) -> list[Any]:
        """The vector-Jacobian product as a call of its own, through which gradients find their way.

        The tape goes on with it, so that it knows how the product depends on everything that took
        part in this call, and on the cotangents.

        Args:
            cotangents: tensors, those of ours with a history, by slot.
        """
        copies = {slot: unseen_copy(native(value)) for slot, value in cotangents.items()}
        call = NativeCall()
        call._tape = self._tape
        call.inputs, call.values = list(self.inputs), list(self.values)
        with recording_again(self._tape):
            for slot, copy in copies.items():
                if type(cotangents[slot]) is Tensor:
                    call.inputs.append(cotangents[slot])
                    call.values.append(copy)
                    self._tape.watch(copy)
            gradients = self.vector_jacobian_product(copies, wanted)
        _note_made(call)
        return [None if gradient is None else map_tensors(lambda item: wrap(item, call), gradient)
                for gradient in gradients]

    def connected_inputs(self, slot: int) -> list[Any]:
        """The inputs for which a result, by slot, has gradients."""
        if not self.inputs:
            return []
        with stop_tapes():
            gradients = self._tape.gradient(self.outputs[slot], self.values)
        return [value for value, gradient in zip(self.inputs, gradients, strict=True)
                if gradient is not None]

    def drop_history(self) -> None:
        """Forgets what only a gradient could ask for."""
        self.differentiable = False
        self.history_length = 0
        self.inputs, self.values, self.outputs, self._tape = [], [], [], None

    def late_value(self, tensor: Tensor) -> Any:
        """Never asked for: the results of a native call have their values from the first."""
        raise AssertionError("a native call's result always has its value")


def wrap(result: Any, call: NativeCall | None) -> Any:
    """A result with our tensors in the place of eager ones."""

    def one(item: Any) -> Any:
        tensor = Tensor.__new__(Tensor)
        tensor._value = unseen_copy(item) if call is not None and local.tapes else item
        tensor._source = None
        tensor._segment = call
        tensor._output = None
        if call is not None:
            tensor._output = NativeOutput(len(call.outputs))
            call.outputs.append(item)
        return tensor

    return _map_eager(one, result)


def _map_eager(wrap_one: Callable[[Any], Tensor], result: Any) -> Any:
    """A result with something else in the place of each eager tensor that holds values."""

    def one(item: Any) -> Any:
        if not isinstance(item, EagerTensor) or item.dtype in (tf.resource, tf.variant):
            return item
        return wrap_one(item)

    if isinstance(result, EagerTensor):
        return one(result)
    if isinstance(result, (list, tuple, dict)):
        return tf.nest.map_structure(one, result)
    return result


def _has_parts(value: Any) -> bool:
    return tf.is_tensor(value) and not isinstance(value, EagerTensor)


class UnmarkedCalls(NativeCall):
    """What TensorFlow's own tape saw of unmarked code, as history of some of its results.

    Args:
        crossings: the histories of the results, the newest first.
        tape: the tape, which is below the one that asks.
        sources: tensors of unmarked code with respect to which a gradient is wanted, each without
            history, and with the source itself as its `_source` if that is ours.
    """

    __slots__ = ()

    def __init__(self, crossings: Sequence[Crossing], tape: Any, sources: list[Tensor]) -> None:
        super().__init__()
        self.serial = crossings[0].serial
        self.outputs = [crossing.value for crossing in crossings]
        self._tape = tape
        handed_over = {id(tensor): tensor for crossing in crossings
                       for tensor in crossing.handed_over()}
        # One that was converted twice is one source of the tape's.
        first = {id(tensor._value): tensor for tensor in reversed(handed_over.values())}
        known = {key for key, tensor in first.items() if tensor._segment is None}
        inputs = [*first.values(), *(
            source for source in sources if id(source._value) not in known
            and (source._source is None or source._source._segment not in crossings)
        )]
        variables = tape.watched_variables()
        self.inputs = [*inputs, *(getattr(v, "tfimp_variable", v) for v in variables)]
        self.values = [*(tensor._value for tensor in inputs), *variables]


def handed_over(value: Any) -> Any:
    """An argument as `native` makes it, whose tensors TensorFlow's own tapes follow from here."""
    return convert(value, crossing)


def handed_back(result: Any) -> Any:
    """A result of TensorFlow's with tensors of ours, whose history its own tapes know."""
    return _map_eager(back_from_unmarked, result)


def call_in_graph(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Makes a call while somebody else's graph is being built."""
    return function(*[native(arg) for arg in args],
                    **{name: native(arg) for name, arg in kwargs.items()})


def call_native(
    function: Callable[..., Any], args: Any, kwargs: Any, only_computes: bool = False
) -> Any:
    """Makes an op call at once, after what is pending, in program order.

    Args:
        only_computes: whether it has no effect, so that what is pending need not come first.
    """
    if graph_stack.stack:
        return call_in_graph(function, args, kwargs)
    runs_aside = only_computes or function in draws
    if runs_aside and not _holds_tensors(args) and not _holds_tensors(kwargs):
        return wrap(_call_unseen(function, args, kwargs), None)
    local.segment.close()
    if local.tapes and local.unmarked_tapes:
        result = _call_as_unmarked(function, args, kwargs)
        local.segment.serial = next(serials)
        return result
    call = NativeCall()
    result = call.run(function, args, kwargs)
    _note_made(call)
    return result


def _call_unseen(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Makes a call of which no gradient will ask how its result depends on its arguments."""
    with aside(_fetched):
        return function(*[convert(arg, _fetched) for arg in args],
                        **{name: convert(arg, _fetched) for name, arg in kwargs.items()})


def _fetched(tensor: Tensor) -> Any:
    return tensor._fetch()


def _note_made(call: NativeCall) -> None:
    # Whoever consumes the result must be younger, and the open segment may be older.
    local.segment.serial = next(serials)
    if not call.inputs:
        call.drop_history()
    else:
        extend_history(call)
        if local.step is not None:
            local.step.add(call)


def _call_as_unmarked(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Makes a call that tapes of unmarked code must see, and tapes of ours as well.

    It is made as unmarked code would make it: for each result there is one way back, the one that
    TensorFlow's own tapes know, those below ours among them.
    """
    with aside(crossing):
        result = function(*[convert(arg, crossing) for arg in args],
                          **{name: convert(arg, crossing) for name, arg in kwargs.items()})
    return handed_back(result)


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_tensors, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensors, value))
    return isinstance(value, (Tensor, tf.Variable))
