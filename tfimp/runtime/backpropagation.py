"""The walk from targets back to sources, through the open segment and the history before it.

Each segment that was carried out contributes its vector-Jacobian product, which is again an op
call, computed from the segment's kept inputs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.crossings import (
    Crossing,
    NativeOutput,
    back_from_unmarked,
    may_be_unmarked,
)
from tfimp.runtime.hidden_sources import (
    HiddenSources,
    computed_jointly,
    results_in,
    with_segments,
)
from tfimp.runtime.higher_orders import Hidden
from tfimp.runtime.keys import Output
from tfimp.runtime.native import NativeCall, UnmarkedCalls
from tfimp.runtime.own_calls import Reference, gradient
from tfimp.runtime.products import record_product
from tfimp.runtime.reach import Reach
from tfimp.runtime.recording import call_op
from tfimp.runtime.replay import total
from tfimp.runtime.segment import Segment, call_recorded
from tfimp.runtime.sources import Sources
from tfimp.runtime.spec import ARRAY
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import stop_tapes
from tfimp.runtime.thread import local
from tfimp.runtime.trace import Ending, Node, map_tensors
from tfimp.runtime.unmarked_tapes import watched_by_unmarked_tapes
from tfimp.runtime.variable import Variable

# A target of such a dtype has no gradient, not even with respect to itself.
_WITHOUT_GRADIENTS: Final = frozenset(map(id, (tf.string, tf.variant, tf.resource)))


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
    walk = Backpropagation(xs, stop_gradients, within, native_tape)
    return walk.run(ys, grad_ys)


class Backpropagation:
    """One walk from targets back to sources."""

    def __init__(
        self, xs: Sequence[Any], stops: Sequence[Any], within: Callable[[Any], bool] | None,
        native_tape: Any,
    ) -> None:
        self._sources = Sources(xs)
        self._xs = self._sources.values
        self._stops = list(stops)
        self._met_unmarked = False
        self._found: list[list[Any]] = [[] for _ in self._xs]
        # Cotangents of results of closed segments, by segment and slot; newest segment first.
        self._pending: dict[int, tuple[Any, dict[Any, list[Any]]]] = {}
        self._queue: list[int] = []
        self._hidden = HiddenSources(self._sources, self._stops)
        self._reach = Reach(self._sources, self._hidden, within, native_tape)
        # Where tapes of unmarked code find results of closed segments again.
        self._seen_by_unmarked = watched_by_unmarked_tapes()

    def run(self, ys: Sequence[Any], grad_ys: Sequence[Any] | None) -> list[Any]:
        """The gradients, a tensor or None for each source that was asked for."""
        if grad_ys is not None and len(grad_ys) != len(ys):
            raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
        targets = [(y, None if grad_ys is None else grad_ys[i]) for i, y in enumerate(ys)
                   if id(y.dtype) not in _WITHOUT_GRADIENTS]
        segment = local.segment
        if (
            segment.is_sealed  # a gradient with respect to a variable that was written
            or segment.produced is None  # another thread has closed it
            or local.unmarked_tapes  # which must see it, as an op call of the segment it has no key
            or (  # what only products of closed segments can expose
                segment.products
                and any(type(y) is Tensor and y._segment is segment for y, _ in targets)
                and self._hidden.in_segment(segment)
            )
        ):
            segment.close()
            segment = local.segment
        inside = [(y, g) for y, g in targets if type(y) is Tensor and y._segment is segment]
        last: Node | None = None
        if inside:
            self._through_open_segment(segment, inside)
            last = segment.cursor
        for y, grad_y in targets:
            if type(y) is not Tensor or y._segment is not segment:
                self._receive(y, grad_y)  # behind the others: what it records may end the segment
        while self._queue:
            history, cotangents = self._pending.pop(-heapq.heappop(self._queue))
            if type(history) is Crossing:
                history, cotangents = self._through_unmarked(history, cotangents)
            node = history.cursor if type(history) is Segment else None
            if last is not None and _repeats(last, node):
                self._cut()
            last = node
            self._through_history(history, cotangents)
        found = [self._total(parts) for parts in self._found]
        return [found[place] for place in self._sources.order]

    @property
    def met_unmarked(self) -> bool:
        """Whether a way back has ended where unmarked code may have hidden how it goes on."""
        return self._met_unmarked or self._reach.met_unmarked

    def _cut(self) -> None:
        """Ends the open segment between two segments of the history.

        As the forward pass did, the backward pass runs a plan for each, whatever their number and
        order; sums are kept running, so that they look the same each time.
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
                taker = self._taker_of_input(value)
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

    def _taker_of_input(self, value: Any) -> Callable[[Any], None] | None:
        cls = type(value)
        if cls is Variable:
            return self._source_taker(value)
        if cls is tuple or value is ARRAY:
            return None
        if cls is Tensor or isinstance(value, tf.Variable):
            return self._taker(value)
        return None

    def _taker(self, value: Any) -> Callable[[Any], None] | None:
        """What takes the cotangent of an input of a segment; None if nobody wants it."""
        if self._stops and any(value is stop for stop in self._stops):
            return self._source_taker(value)
        if type(value) is Tensor and value._segment is not None:
            history = value._segment
            if not self._reach.counts(history):
                return self._source_taker(value)
            if history.dropped is not None:
                taker = self._source_taker(value)
                return taker if taker is not None else lambda cotangent: _refuse(history)
            if self._reach.includes(history):
                return lambda cotangent: self._receive(value, cotangent)
            return None
        return self._source_taker(value)

    def _source_taker(self, value: Any) -> Callable[[Any], None] | None:
        numbers = self._sources.places(value)
        if not numbers:
            if may_be_unmarked(value):
                self._met_unmarked = True
            return None
        if len(numbers) == 1:
            return self._found[numbers[0]].append

        def take(cotangent: Any) -> None:
            for number in numbers:
                self._found[number].append(cotangent)

        return take

    # The history ---------------------------------------------------------------------------

    def _through_unmarked(
        self, newest: Crossing, cotangents: dict[Any, list[Any]]
    ) -> tuple[UnmarkedCalls, dict[Any, list[Any]]]:
        """What unmarked code computed one after the other, as one history with its cotangents.

        TensorFlow's tape is gone through once for all of it, and adds up as it does in eager mode.
        """
        crossings, parts = [newest], [cotangents[0]]
        sources = self._sources.results_of(newest)
        if sources:
            parts = [[self._total(cotangents[0])]]
            for number in sources:
                self._found[number].extend(parts[0])
        while not sources and self._queue:
            history, cotangents = self._pending[-self._queue[0]]
            if type(history) is not Crossing or self._sources.results_of(history):
                break
            del self._pending[-heapq.heappop(self._queue)]
            crossings.append(history)
            parts.append(cotangents[0])
        return self._reach.through(crossings), dict(enumerate(parts))

    def _receive(self, tensor: Any, cotangent: Any) -> None:
        """Takes a cotangent of a result of a closed segment, or of a source itself."""
        history = tensor._segment if type(tensor) is Tensor else None
        if history is None or not self._reach.counts(history):
            taker = self._source_taker(tensor)
            if taker is not None:
                taker(_ones(tensor) if cotangent is None else cotangent)
            return
        if history.dropped is not None:
            taker = self._source_taker(tensor)
            if taker is None:
                _refuse(history)
            else:
                taker(_ones(tensor) if cotangent is None else cotangent)
            return
        if not self._reach.includes(history):
            return
        if cotangent is None:
            cotangent = _ones(tensor)
        cotangent = dense(cotangent)
        if history.serial not in self._pending:
            self._pending[history.serial] = (history, {})
            heapq.heappush(self._queue, -history.serial)
        self._pending[history.serial][1].setdefault(_slot(tensor), []).append(cotangent)

    def _through_history(self, history: Any, cotangents: dict[Any, list[Any]]) -> None:
        takers: dict[int, Callable[[Any], None]] = {}
        for number, value in enumerate(history.inputs):
            taker = self._taker_of_input(value)
            if taker is not None:
                takers[number] = taker
        if type(history) is Segment:
            self._through_segment(history, cotangents, takers)
            return
        assert isinstance(history, NativeCall)
        totals = {slot: self._total(parts) for slot, parts in cotangents.items()}
        for number in self._sources.results_of(history):
            slot = _slot(self._xs[number])
            if slot in totals:
                self._found[number].append(totals[slot])
        if not takers:
            return
        if type(history) is NativeCall and not local.tapes and not local.unmarked_tapes:
            local.segment.close()
            product = history.product(totals, list(takers))
        else:
            # While an outer tape records, it sees this gradient being computed.
            product = [
                None if value is None else map_tensors(back_from_unmarked, value)
                for value in history.vector_jacobian_product(
                    {slot: _handed_over(value) for slot, value in totals.items()}, list(takers)
                )
            ]
        for taker, value in zip(takers.values(), product, strict=True):
            if value is not None:
                taker(value)

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
            x._output: x for x in [*self._xs, *self._stops, *self._seen_by_unmarked]
            if type(x) is Tensor and x._segment is history
        }
        inner = sorted(sources, key=lambda output: -output.slot)
        stops = results_in(history, self._stops)
        in_products = self._hidden.in_segment(history).products
        starts: list[tuple[Output, ...]] = [tuple(o for o in cotangents if o not in sources)]
        starts.extend((output,) for output in inner)
        for number, outputs in enumerate(starts):
            totals = {o: self._total(cotangents[o]) for o in outputs if cotangents.get(o)}
            if not totals:
                continue
            if number:
                self._find(history, outputs[0], totals[outputs[0]])
                if outputs[0] in stops:
                    continue
            joint = computed_jointly(history, outputs, inner, inner[number:])
            self._refuse_unseen(history, joint)
            later = [output for output in inner[number:] if output not in joint]
            hidden = Hidden(tuple(joint), tuple(o for o in joint if o in stops), in_products)
            wanted: tuple[Reference, ...] = (*later, *takers)
            if not wanted and not hidden:
                continue
            given = [sources[output] for output in later]
            result = record_product(history, totals, wanted, given, hidden)
            for reference, value in zip(wanted, result[:len(wanted)], strict=True):
                if value is None:
                    continue
                if isinstance(reference, Output):
                    cotangents.setdefault(reference, []).append(value)
                else:
                    takers[reference](value)
            found = zip(with_segments(history, hidden), result[len(wanted):], strict=True)
            for (segment, source), value in found:
                if value is not None:
                    self._find(segment, source, value)

    def _refuse_unseen(self, history: Segment, joint: Sequence[Output]) -> None:
        """Refuses what a tape of unmarked code watches and a product computes again by itself."""
        watched = self._seen_by_unmarked
        if watched and (
            any(output in joint for output in results_in(history, watched))
            or HiddenSources(Sources(watched), ()).in_segment(history)
        ):
            raise NotImplementedError(
                "A tape of unmarked code watches a tensor that was computed before the tape began "
                "to record, on the way of a gradient of a gradient (or by an op call of several "
                "results) that is asked for while it records. Compute the tensor or the first "
                "gradient while that tape records, or mark the module that has the tape."
            )

    def _find(self, segment: Segment, source: Reference, cotangent: Any) -> None:
        """Takes the cotangent of a result or variable of a closed segment, if that is a source."""
        if isinstance(source, int):
            for number in self._sources.places(segment.inputs[source]):
                self._found[number].append(cotangent)
            return
        for number, x in enumerate(self._xs):
            if type(x) is Tensor and x._segment is segment and x._output is source:
                self._found[number].append(cotangent)


def _repeats(node: Node, before: Node | None) -> bool:
    """Whether the history is a loop's, or varies: whether now another segment comes before.

    Args:
        node: the end of one segment of the walk.
        before: the end of the next in the walk, which is the one before in time.
    """
    if node is before:
        return True
    if before is None:
        return False
    ending = node.ending
    if ending is None:
        ending = node.ending = Ending()
    if ending.before is None:
        ending.before = before.key
    elif ending.before is not before.key:
        ending.varies = True
    return ending.varies


def _handed_over(cotangent: Any) -> Any:
    """A cotangent as TensorFlow's own tape takes it, followed by the tapes that still record."""
    return tf.convert_to_tensor(cotangent) if local.tapes else native(cotangent)


def dense(gradient: Any) -> Any:
    if type(gradient) is not Tensor and isinstance(gradient, tf.IndexedSlices):
        return call_recorded(tf.convert_to_tensor, (gradient,), {})
    return gradient


def _slot(tensor: Tensor) -> Any:
    output = tensor._output
    return output.slot if type(output) is NativeOutput else output


def _ones(tensor: Any) -> Any:
    if type(tensor) is Tensor and type(tensor._segment) is Crossing:
        tensor = tensor._value  # which is one input of the open segment, whoever brought it
    if local.unmarked_tapes:  # which have it depend on nothing
        with stop_tapes():
            return leaf(tf.ones_like(native(tensor)))
    return call_op(tf.ones_like, tensor)


def _refuse(history: Any) -> None:
    raise ValueError(history.dropped.value)
