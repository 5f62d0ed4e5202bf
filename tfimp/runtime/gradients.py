"""`tf.gradients`, inside the open segment and back through the history of earlier ones.

Inside the segment that computed the targets a gradient is one more op call. Across segments
the walk goes backwards through the history: each segment that was carried out contributes its
vector-Jacobian product, which is again an op call, computed from the segment's kept inputs.
"""

from __future__ import annotations

import functools
import heapq
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfimp.runtime import executor
from tfimp.runtime.native import (
    UNMARKED,
    Crossing,
    NativeCall,
    NativeOutput,
    back_from_unmarked,
    is_aside,
    native,
)
from tfimp.runtime.recording import call_op
from tfimp.runtime.replay import (
    Differentiation,
    GradientRequest,
    Reference,
    Replay,
    gradient,
    needed,
    total,
)
from tfimp.runtime.segment import Segment, call_recorded
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor, graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.trace import Ending, Node, Output, map_tensors
from tfimp.runtime.variable import GuardedVariable


class VectorJacobianProduct(Differentiation):
    """The op call that takes cotangents of a segment's results to cotangents of its inputs.

    Args:
        node: the segment's last node.
        outputs: the results for which cotangents come.
        wanted: the inputs (by number) for which cotangents are wanted, and earlier results;
            those are taken as independent of the inputs.

    Attributes:
        inputs: the numbers of the inputs that it takes.
        given: the results that it takes.
        work: what compiling it costs, in op calls: those of the segment and their gradients.
    """

    def __init__(
        self, node: Node, outputs: tuple[Output, ...], wanted: tuple[Reference, ...]
    ) -> None:
        self._outputs = outputs
        self._wanted = wanted
        self.given = [reference for reference in wanted if isinstance(reference, Output)]
        self._nodes = needed(node.path(), outputs, self.given)
        used = {r for step in self._nodes for r in step.references()}.union(wanted)
        self.inputs = sorted(r for r in used if isinstance(r, int))
        self.work = 3 * len(self._nodes)

    def __call__(self, primals: list[Any], given: list[Any], cotangents: list[Any]) -> list[Any]:
        values = {
            number: tf.convert_to_tensor(primal) if isinstance(primal, tf.Variable) else primal
            for number, primal in zip(self.inputs, primals, strict=True)
        }
        first = 1 + max(self.inputs, default=-1)
        for number, cotangent in enumerate(cotangents, first):
            values[number] = cotangent
        request = GradientRequest(
            list(self._outputs), list(self._wanted),
            list(range(first, first + len(cotangents))), [], False,
        )
        known = dict(zip(self.given, given, strict=True))
        result = Replay(self._nodes, values, functional=True, given=known).run(request)
        assert result is not None
        return result


def gradients(
    ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients",
    gate_gradients: bool = False, aggregation_method: Any = None, stop_gradients: Any = None,
    unconnected_gradients: Any = tf.UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradients of the sum of `ys` with respect to each of `xs`.

    Args:
        ys: a tensor or a list of tensors, of any floating shape.
        xs: a tensor or variable, or a list of them.
        grad_ys: cotangents, one for each of `ys`, of its shape; None for ones.
        name, gate_gradients, aggregation_method: accepted as in `tf.gradients`; without effect.
        stop_gradients: tensors through which no gradient flows.
        unconnected_gradients: what stands for an `x` that no `y` depends on: None, or zeros.

    Returns:
        A list as long as `xs`, of dense tensors of the shapes and dtypes of `xs`.

    Raises:
        ValueError: if the gradient would flow through a step that has ended.
    """
    unconnected = tf.UnconnectedGradients(unconnected_gradients)
    if is_aside() and not graph_stack.stack:
        raise RuntimeError(
            "tf.gradients has no history to work on inside a function that TensorFlow calls (the "
            "body of a tf.map_fn, say). Use tf.GradientTape there."
        )
    if graph_stack.stack:
        in_graph: list[Any] = tf.gradients(
            native(ys), native(xs), grad_ys=native(grad_ys), name=name,
            stop_gradients=native(stop_gradients), unconnected_gradients=unconnected,
        )
        return in_graph
    sources = flat_targets(xs)
    found = [_dense(gradient) for gradient in _gradients_or_warning(
        flat_targets(ys), sources, None if grad_ys is None else flat_targets(grad_ys),
        [] if stop_gradients is None else flat_targets(stop_gradients),
    )]
    if unconnected is tf.UnconnectedGradients.ZERO:
        return [
            call_op(tf.zeros_like, source) if value is None else value
            for source, value in zip(sources, found, strict=True)
        ]
    return found


def _gradients_or_warning(
    ys: Sequence[Any], xs: Sequence[Any], grad_ys: Sequence[Any] | None, stops: Sequence[Any]
) -> list[Any]:
    walk = _Backpropagation(xs, stops, None, None)
    found = walk.run(ys, grad_ys)
    converted, local.converted = local.converted, False
    if walk.met_unmarked and converted and any(value is None for value in found):
        warnings.warn(
            "tf.gradients found no way to some of xs, and unmarked code (a Keras layer, say) has "
            "converted a tensor and returned one: what happens in between only a "
            "tf.GradientTape can follow.", stacklevel=3,
        )
    return found


def flat_targets(values: Any) -> list[Any]:
    """The tensors and variables in a nest; of indexed slices the values."""
    flat = tf.nest.flatten(list(values) if isinstance(values, (list, tuple)) else values)
    return [value.values if isinstance(value, tf.IndexedSlices) else value for value in flat]


def backpropagate(
    ys: Sequence[Any], xs: Sequence[Any], grad_ys: Sequence[Any] | None = None,
    stop_gradients: Sequence[Any] = (), within: Callable[[Any], bool] | None = None,
    native_tape: Any = None,
) -> list[Any]:
    """Gradients of the sum of `ys`; see `gradients`.

    Args:
        within: tells whether a segment's op calls count; what other segments computed is taken
            as constant. Without it everything counts.
        native_tape: TensorFlow's own tape that saw what unmarked code did meanwhile.
    """
    walk = _Backpropagation(xs, stop_gradients, within, native_tape)
    return walk.run(ys, grad_ys)


def _bare(x: Any) -> Any:
    """The `tf.Variable` in a Keras variable; anything else as it is."""
    if type(x) is Tensor:
        return x  # which looks a name that it does not have up in its value
    inner = getattr(x, "value", None) if hasattr(x, "trainable") else None
    return inner if isinstance(inner, tf.Variable) else x


def _is_source(x: Any, value: Any) -> bool:
    """Whether an input of a segment is the tensor or variable `x`."""
    if value is x:
        return True
    if type(value) is not Tensor or type(value._segment) not in (type(None), Crossing):
        return False
    return value._value is x or (value._source is not None and value._source is x)


class _Backpropagation:
    """One walk from targets back to sources."""

    def __init__(
        self, xs: Sequence[Any], stops: Sequence[Any], within: Callable[[Any], bool] | None,
        native_tape: Any,
    ) -> None:
        xs = [_bare(x) for x in xs]
        for x in xs:
            if not isinstance(x, (Tensor, EagerTensor, tf.Variable)):
                raise TypeError(
                    f"tf.gradients takes tensors and variables as xs, not {type(x).__name__}."
                )
        self._xs = list(xs)
        self._stops = list(stops)
        self._within = within
        self._native_tape = native_tape
        self.met_unmarked = False
        self._found: list[list[Any]] = [[] for _ in xs]
        # Cotangents of results of closed segments, by segment and slot; newest segment first.
        self._pending: dict[int, tuple[Any, dict[Any, list[Any]]]] = {}
        self._queue: list[int] = []
        self._reach: dict[int, bool] = {}

    def run(self, ys: Sequence[Any], grad_ys: Sequence[Any] | None) -> list[Any]:
        """The gradients, a tensor or None for each source."""
        if grad_ys is not None and len(grad_ys) != len(ys):
            raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
        if self._native_tape is not None:
            for y in ys:
                if type(y) is Tensor and type(y._segment) is Crossing:
                    self._follow(y._segment)
        targets = [(y, None if grad_ys is None else grad_ys[i]) for i, y in enumerate(ys)]
        segment = local.segment
        inside = [(y, g) for y, g in targets if type(y) is Tensor and y._segment is segment]
        for y, grad_y in targets:
            if type(y) is Tensor and y._segment is segment:
                continue
            self._receive(y, grad_y)
        if inside:
            self._through_open_segment(segment, inside)
        last: Node | None = None
        while self._queue:
            history, cotangents = self._pending.pop(-heapq.heappop(self._queue))
            node = history.cursor if type(history) is Segment else None
            if node is not None and node is last:
                self._cut()
            last = node
            self._through_history(history, cotangents)
        return [self._total(parts) for parts in self._found]

    def _cut(self) -> None:
        """Ends the open segment between two iterations of a loop that the history holds.

        As its forward pass did, the backward pass of a loop runs one plan an iteration, whatever
        the number of iterations; sums are kept running, so that they look the same each time.
        """
        for parts in self._found:
            parts[:] = [self._total(parts)] if parts else []
        for _, cotangents in self._pending.values():
            for slot, parts in cotangents.items():
                cotangents[slot] = [self._total(parts)]
        local.segment.close()

    def _total(self, parts: list[Any]) -> Any:
        if len(parts) > 1:
            return call_recorded(total, (parts,), {})
        return parts[0] if parts else None

    def _counts(self, history: Any) -> bool:
        if type(history) is Crossing:
            return self._native_tape is not None
        return self._within is None or self._within(history)

    def _follow(self, crossing: Crossing) -> None:
        crossing.follow(self._native_tape, crossing.crossings)

    # The open segment ----------------------------------------------------------------------

    def _through_open_segment(self, segment: Segment, targets: list[tuple[Any, Any]]) -> None:
        references: list[Any] = []
        takers: list[Callable[[Any], None]] = []
        outside = False
        for number, x in enumerate(self._xs):
            if type(x) is Tensor and x._segment is segment:
                references.append(x)
                takers.append(self._found[number].append)
            else:
                outside = True
        if outside:
            for value in segment.inputs:
                if type(value) is Tensor or isinstance(value, GuardedVariable):
                    taker = self._taker(value)
                    if taker is not None:
                        references.append(value)
                        takers.append(taker)
        if not references:
            return
        ys = [y for y, _ in targets]
        grad_ys = [g if g is None or isinstance(g, (Tensor, tf.Tensor)) else
                   leaf(tf.convert_to_tensor(native(g), dtype=y.dtype)) for y, g in targets]
        stops = [s for s in self._stops
                 if type(s) is Tensor and (s._segment is segment or id(s) in segment.known)]
        result = call_recorded(gradient, (ys, references, grad_ys, stops, False), {})
        for taker, value in zip(takers, result, strict=True):
            if value is not None:
                taker(value)

    def _taker(self, value: Any) -> Callable[[Any], None] | None:
        """What takes the cotangent of an input of a segment; None if nobody wants it."""
        if any(value is stop for stop in self._stops):
            return self._source_taker(value)
        if type(value) is Tensor and value._segment is not None:
            history = value._segment
            if not self._counts(history):
                return self._source_taker(value)
            if type(history) is Crossing:
                self._follow(history)
            if history.ended_step:
                taker = self._source_taker(value)
                return taker if taker is not None else _refuse_ended_step
            if self._reaches(history):
                return lambda cotangent: self._receive(value, cotangent)
            return None
        return self._source_taker(value)

    def _source_taker(self, value: Any) -> Callable[[Any], None] | None:
        numbers = [number for number, x in enumerate(self._xs) if _is_source(x, value)]
        if not numbers:
            if type(value) is Tensor and getattr(value, "_source", None) is UNMARKED:
                self.met_unmarked = True
            return None

        def take(cotangent: Any) -> None:
            for number in numbers:
                self._found[number].append(cotangent)

        return take

    # The history ---------------------------------------------------------------------------

    def _reaches(self, history: Any) -> bool:
        """Whether a source is an input or a result of a closed segment, or of one before it."""
        stack = [history]
        while stack:
            current = stack[-1]
            if current.serial in self._reach:
                stack.pop()
                continue
            if type(current) is Crossing:
                self._follow(current)
            before = [
                value._segment for value in current.inputs
                if type(value) is Tensor and value._segment is not None
                and self._counts(value._segment)
            ]
            unknown = [h for h in before if h.serial not in self._reach]
            if unknown:
                stack.extend(unknown)
                continue
            stack.pop()
            self._reach[current.serial] = (
                current.ended_step
                or any(type(x) is Tensor and x._segment is current for x in self._xs)
                or any(_is_source(x, value) for x in self._xs for value in current.inputs)
                or any(self._reach[h.serial] for h in before)
            )
        return self._reach[history.serial]

    def _receive(self, tensor: Any, cotangent: Any) -> None:
        """Takes a cotangent of a result of a closed segment, or of a source itself."""
        history = tensor._segment if type(tensor) is Tensor else None
        if history is None or not self._counts(history):
            taker = self._source_taker(tensor)
            if taker is not None:
                taker(_ones(tensor) if cotangent is None else cotangent)
            return
        if history.ended_step:
            taker = self._source_taker(tensor)
            if taker is None:
                _refuse_ended_step(None)
            else:
                taker(_ones(tensor) if cotangent is None else cotangent)
            return
        if not self._reaches(history):
            return
        if cotangent is None:
            cotangent = _ones(tensor)
        cotangent = _dense(cotangent)
        if history.serial not in self._pending:
            self._pending[history.serial] = (history, {})
            heapq.heappush(self._queue, -history.serial)
        self._pending[history.serial][1].setdefault(_slot(tensor), []).append(cotangent)

    def _through_history(self, history: Any, cotangents: dict[Any, list[Any]]) -> None:
        takers: dict[int, Callable[[Any], None]] = {}
        for number, value in enumerate(history.inputs):
            if type(value) is Tensor or isinstance(value, tf.Variable):
                taker = self._taker(value)
                if taker is not None:
                    takers[number] = taker
        if type(history) is Segment:
            self._through_segment(history, cotangents, takers)
            return
        assert isinstance(history, NativeCall)
        totals = {slot: self._total(parts) for slot, parts in cotangents.items()}
        for number, x in enumerate(self._xs):
            if type(x) is Tensor and x._segment is history and _slot(x) in totals:
                self._found[number].append(totals[_slot(x)])
        if takers:
            product = history.vector_jacobian_product(
                {slot: _handed_over(value) for slot, value in totals.items()}, list(takers)
            )
            for taker, value in zip(takers.values(), product, strict=True):
                if value is not None:
                    # While an outer tape records, it saw this gradient being computed.
                    taker(map_tensors(back_from_unmarked, value))

    def _through_segment(
        self, history: Segment, cotangents: dict[Output, list[Any]],
        takers: dict[int, Callable[[Any], None]],
    ) -> None:
        """From a segment's results to its inputs, by way of sources that it produced.

        A source inside the segment splits it: cotangents of results go to the source, and from
        there on to the inputs, so that a second derivative sees the source itself. So does a
        tensor that gradients must not flow through, and there they end.
        """
        sources = {
            x._output: x for x in [*self._xs, *self._stops]
            if type(x) is Tensor and x._segment is history
        }
        inner = sorted(sources, key=lambda output: -output.slot)
        starts: list[tuple[Output, ...]] = [tuple(o for o in cotangents if o not in sources)]
        starts.extend((output,) for output in inner)
        for number, outputs in enumerate(starts):
            totals = {o: self._total(cotangents[o]) for o in outputs if cotangents.get(o)}
            if not totals:
                continue
            if number:
                for i, x in enumerate(self._xs):
                    if type(x) is Tensor and x._output is outputs[0]:
                        self._found[i].append(totals[outputs[0]])
                if any(type(s) is Tensor and s._output is outputs[0] for s in self._stops):
                    continue
            later = inner[number:]
            wanted: tuple[Reference, ...] = (*later, *takers)
            if not wanted:
                continue
            given = [sources[output] for output in later]
            result = _record_product(history, totals, wanted, given)
            for reference, value in zip(wanted, result, strict=True):
                if value is None:
                    continue
                if isinstance(reference, Output):
                    cotangents.setdefault(reference, []).append(value)
                else:
                    takers[reference](value)


def _record_product(
    history: Segment, totals: dict[Output, Any], wanted: tuple[Reference, ...],
    given: list[Tensor],
) -> list[Any]:
    node = history.cursor
    outputs = tuple(totals)
    if node.ending is None:
        node.ending = Ending()
    product = node.ending.products.get((outputs, wanted))
    if product is None:
        product = VectorJacobianProduct(node, outputs, wanted)
        node.ending.products[outputs, wanted] = product
    primals = [_primal(history, number) for number in product.inputs]
    result = call_recorded(product, (primals, given, list(totals.values())), {})
    assert isinstance(result, list)
    return result


def _primal(history: Segment, number: int) -> Any:
    value = history.inputs[number]
    if isinstance(value, GuardedVariable):
        version = history.versions[number]
        if version is value._version and not _is_pending(value):
            return value
        return leaf(value.value_at(version), source=value)
    if type(value) is Tensor:
        return value
    return executor.eager_input(value, history.feeds[number])


def _is_pending(variable: GuardedVariable) -> bool:
    """Whether the open segment writes the variable, so that it no longer is what it was."""
    segment = local.segment
    return segment.cursor.writes and id(variable) in segment.known


def _handed_over(cotangent: Any) -> Any:
    """A cotangent as TensorFlow's own tape takes it, followed by the tapes that still record."""
    return tf.convert_to_tensor(cotangent) if local.tapes else native(cotangent)


def _dense(gradient: Any) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return call_recorded(tf.convert_to_tensor, (gradient,), {})
    return gradient


def _slot(tensor: Tensor) -> Any:
    output = tensor._output
    return output.slot if type(output) is NativeOutput else output


def _ones(tensor: Any) -> Any:
    return call_op(tf.ones_like, tensor)


def _refuse_ended_step(cotangent: Any) -> None:
    raise ValueError(
        "A gradient was asked for through a tensor whose step has ended: leaving `new_step` drops "
        "what gradients need. Take the gradient inside the step, or pass the tensor through "
        "tf.stop_gradient to use it as a constant."
    )


def rows_of_jacobian(
    target: Any, gradients_for: Callable[[Any], list[Any]], batch: int | None = None
) -> list[list[Any]]:
    """The gradients for each element of a tensor by itself.

    Args:
        target: the tensor.
        gradients_for: gradients for a cotangent of the target.
        batch: the size of the target's first dimension, where one element of each example at
            once is wanted.
    """
    shape = target.shape.as_list()
    inner = shape if batch is None else shape[1:]
    size = int(np.prod(inner, dtype=np.int64))
    basis = np.eye(size, dtype=target.dtype.as_numpy_dtype).reshape([size, *inner])
    if batch is not None:
        basis = np.broadcast_to(basis[:, None], [size, batch, *inner])
    return [[_dense(gradient) for gradient in gradients_for(leaf(tf.constant(row)))]
            for row in basis]


def hessians(
    ys: Any, xs: Any, gate_gradients: bool = False, aggregation_method: Any = None,
    name: str = "hessians",
) -> list[Any]:
    """The Hessians of the sum of `ys` with respect to each of `xs`.

    Returns:
        For each `x` a tensor of the shape of `x` twice over.
    """
    result = []
    for x, gradient_of_x in zip(flat_targets(xs), gradients(ys, xs), strict=True):
        rows = [] if gradient_of_x is None else rows_of_jacobian(
            gradient_of_x, functools.partial(gradients, gradient_of_x, x)
        )
        shape = [*x.shape.as_list(), *x.shape.as_list()]
        whole = [call_op(tf.zeros_like, x) if row[0] is None else row[0] for row in rows]
        result.append(call_op(tf.reshape, call_op(tf.stack, whole), shape) if whole
                      else call_op(tf.zeros, shape, x.dtype))
    return result
