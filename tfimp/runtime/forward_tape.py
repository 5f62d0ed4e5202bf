"""TensorFlow's own tape over what tier 0 runs, so that a gradient need not run it again.

A gradient that tier 0 takes would run the op calls that lead to it once more, under a tape. Where
one is to be expected - a tape of the program's records, or one was asked for when the trace was
last here - the tape is there from the first, as it would be in eager mode.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import Differentiation, GradientRequest, Reference, gradient
from tfimp.runtime.replay import differentiable_only, is_differentiable, needed
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import NativeTape, stop_tapes
from tfimp.runtime.thread import local
from tfimp.runtime.trace import Node
from tfimp.runtime.variable import GuardedVariable


class ForwardTape:
    """Records the op calls of one segment from its first on.

    Attributes:
        depth: of the last op call that it has recorded.
        results: once the segment is closed, the eager tensors that it produced, by slot.
    """

    __slots__ = ("_tape", "_watched", "depth", "results")

    def __init__(self) -> None:
        # It watches trainable variables by itself, at a fraction of the cost of `watch`.
        self._tape = NativeTape(persistent=True)
        self._tape.__enter__()
        self._tape.pause()
        self._watched = 0
        self.depth = 0
        self.results: list[Any] = []

    @contextlib.contextmanager
    def recording(self, segment: Any, depth: int) -> Iterator[None]:
        """Context manager: records an op call, or all up to one, that runs inside.

        Args:
            segment: whose inputs are watched, as far as it knows them by now.
            depth: of the op call.
        """
        self.start(segment)
        try:
            yield
        finally:
            self.stop()
        self.depth = depth

    def start(self, segment: Any) -> None:
        """Records what runs until `stop`, which the program's own tapes do not see."""
        for tape in local.tapes:
            tape.native.pause()
        self._tape.resume()
        if self._watched != len(segment.inputs) or self._watched > segment.cursor.end_input:
            self._watch_inputs(segment)

    def stop(self) -> None:
        """Has the program's own tapes record again."""
        self._tape.pause()
        for tape in local.tapes:
            tape.native.resume()

    def _watch_inputs(self, segment: Any) -> None:
        # Inputs of an op call that failed were taken back, and others have their numbers now.
        for number in range(min(self._watched, segment.cursor.end_input), len(segment.inputs)):
            source = _source(segment, number)
            if (
                source is not None and is_differentiable(source)
                and not getattr(source, "trainable", False)
            ):
                self._tape.watch(source)
        self._watched = len(segment.inputs)

    def answer(self, segment: Any, request: GradientRequest) -> list[Any] | None:
        """The gradients that a `gradient` call asks for; None if it cannot tell."""
        nodes = needed(segment.cursor.path(), request.ys)
        if request.stop_gradients or not self._knows(nodes):
            return None
        ys = [_value(segment, reference) for reference in request.ys]
        grad_ys = [
            tf.ones_like(y) if reference is None else _value(segment, reference)
            for y, reference in zip(ys, request.grad_ys, strict=True)
        ]
        return self._gradients(segment, ys, request.xs, grad_ys)

    def product(
        self, segment: Any, nodes: Sequence[Node], outputs: Sequence[Output],
        cotangents: list[Any], wanted: Sequence[Reference],
    ) -> list[Any] | None:
        """The vector-Jacobian product of the closed segment; None if it cannot tell.

        Args:
            nodes: the op calls on which the results depend.
            outputs: the results for which cotangents come.
            wanted: the inputs, by number, for which cotangents are wanted.
        """
        if any(isinstance(reference, Output) for reference in wanted):
            return None  # taken as independent of the inputs, which they are not on the tape
        if not self._knows(nodes):
            return None
        values = [self.results[output.slot] for output in outputs]
        return self._gradients(segment, values, wanted, cotangents)

    def _knows(self, nodes: Sequence[Node]) -> bool:
        """Whether op calls are recorded, and none of them is a gradient itself."""
        return all(
            node.depth <= self.depth
            and node.function is not gradient and not isinstance(node.function, Differentiation)
            for node in nodes
        )

    def _gradients(
        self, segment: Any, ys: list[Any], xs: Sequence[Reference], grad_ys: list[Any],
    ) -> list[Any] | None:
        if any(_is_read_elsewhere(segment, reference) for reference in xs):
            return None
        sources = [_value(segment, reference) for reference in xs]
        if len({id(source) for source in sources}) < len(sources):
            return None  # two inputs of one value, which the tape cannot tell apart
        with stop_tapes():
            found = differentiable_only(self._tape.gradients_of, ys, sources, grad_ys)
        for number, source in enumerate(sources):
            if found[number] is None and is_differentiable(source):
                # Perhaps it depends on nothing that is watched.
                return None
        return found


def _is_read_elsewhere(segment: Any, reference: Reference) -> bool:
    """Whether an input is a variable of unmarked code: op calls may have read it themselves."""
    value = None if isinstance(reference, Output) else segment.inputs[reference]
    source = value._source if type(value) is Tensor and value._segment is None else None
    return isinstance(source, tf.Variable) and not isinstance(source, GuardedVariable)


def _source(segment: Any, number: int) -> Any:
    """An input as the tape knows it; None if no gradient can be taken with respect to it."""
    value = segment.inputs[number]
    if isinstance(value, GuardedVariable):
        return value.native
    return segment.feeds[number] if type(value) is Tensor else None


def _value(segment: Any, reference: Reference) -> Any:
    if isinstance(reference, Output):
        return segment.produced[reference.slot]._value
    return _source(segment, reference)


@contextlib.contextmanager
def own_tapes_paused() -> Iterator[None]:
    """Context manager: TensorFlow's tapes below those of marked code do not see what runs inside.

    They are there for unmarked code; the history of marked code is ours to keep.
    """
    if not local.tapes:
        yield
        return
    for tape in local.tapes:
        tape.native.pause()
    try:
        yield
    finally:
        for tape in local.tapes:
            tape.native.resume()
