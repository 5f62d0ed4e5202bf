"""Runs the op calls of a trace again, eagerly or into a graph, with gradients.

One replay serves tier 0 (pending op calls, one by one), the compiler (the same calls in a graph)
and gradients across segments (the same calls on kept inputs, with variables as values).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.higher_orders import NOTHING, Exposure, Hidden
from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import (
    WRITES,
    Differentiation,
    GradientRequest,
    Reference,
    VariablesUpdate,
    gradient,
    request_of,
)
from tfimp.runtime.tensorflow_internals import NativeTape
from tfimp.runtime.trace import Node, result_tensors
from tfimp.runtime.unmarked_tapes import unmarked_tapes_paused
from tfimp.runtime.weak_inputs import call


def needed(
    path: Sequence[Node], references: Sequence[Reference], given: Collection[Reference] = ()
) -> list[Node]:
    """The nodes of `path` on which the values of `references` depend, writes included.

    Args:
        given: results whose values are known, so that what is before them is not needed.
    """
    wanted: set[Reference] = set(references).difference(given)
    result: list[Node] = []
    for node in reversed(path):
        if isinstance(node.function, VariablesUpdate):
            continue  # nothing after it in its segment uses what it writes
        written = any(number in wanted for number in node.written)
        if written or any(output in wanted for output in node.outputs):
            wanted.update(r for r in node.references() if r not in given)
            result.append(node)
    result.reverse()
    return result


def run_by_product(
    path: Sequence[Node], outputs: Sequence[Output], given: Sequence[Output]
) -> list[Node]:
    """The nodes of `path` that the product of cotangents of these results runs again.

    Args:
        given: results whose values are known. They are computed again all the same where a gradient
            is taken among the nodes, for it may go through them.
    """
    nodes = needed(path, outputs, given)
    if any(node.function is gradient for node in nodes):
        return needed(path, [*outputs, *given])
    return nodes


class Replay:
    """One run of a list of op calls, in program order.

    Args:
        nodes: the op calls.
        inputs: what the segment's inputs are, by number: eager or graph tensors, NumPy values,
            Python numbers, weak inputs; a variable, or where `functional` its value.
        functional: whether variables are passed as values: then a write makes a new value that
            later reads see, and no variable changes.
        given: results that are known and need not be computed.
        hidden: what products among the nodes compute that the request is about as well.
        exposures: those of the gradients around this run, as far as they are about its nodes.
    """

    def __init__(
        self, nodes: Sequence[Node], inputs: Sequence[Any] | dict[int, Any], functional: bool,
        given: dict[Output, Any] | None = None, hidden: Hidden = NOTHING,
        exposures: Sequence[Exposure] = (),
    ) -> None:
        self._own_exposure = Exposure(hidden) if hidden else None
        self._exposures = list(exposures)
        if self._own_exposure is not None:
            self._exposures.append(self._own_exposure)
        self._given = given or {}
        self.failed: Node | None = None
        self._nodes = nodes
        self._inputs = inputs
        self._functional = functional
        self.values: dict[Output, Any] = dict(self._given)
        # In a functional replay, the states of each variable so far.
        self._states: dict[int, list[Any]] = {}
        self._tapes: dict[int, _Tape] = {}

    def run(self, request: GradientRequest | None = None) -> list[Any] | None:
        """Runs the op calls; returns the requested gradients, dense or None, if any.

        Raises:
            Whatever TensorFlow raises for the op call; `failed` then holds its node.
        """
        requests = {
            number: request_of(node)
            for number, node in enumerate(self._nodes)
            if node.function is gradient
        }
        if request is not None:
            requests[len(self._nodes)] = request
        with contextlib.ExitStack() as stack:
            if requests and tf.executing_eagerly():
                self._inputs = _apart(self._inputs)
                # The tape of the last request is the outermost: it sees earlier gradients.
                for number in sorted(requests, reverse=True):
                    self._tapes[number] = _Tape(requests[number], stack)
                if self._own_exposure is not None:
                    self._own_exposure.tape = self._tapes[len(self._nodes)].tape
                    for number in self._inputs_in_use():
                        self._own_exposure.watch(self._inputs[number])
                for number in self._inputs_in_use():
                    self._watch(number, self._inputs[number])
                for output, value in self._given.items():
                    self._watch(output, value)
            # Tapes of unmarked code did not see what is past, and do not see it now.
            past = stack.enter_context(contextlib.ExitStack())
            if request is not None:
                past.enter_context(unmarked_tapes_paused())
            for number, node in enumerate(self._nodes):
                self.failed = node
                if number in requests:
                    self._store(node, self._gradients(requests[number], number))
                else:
                    self._run_node(node)
            self.failed = None
            if request is None:
                return None
            past.close()
            return self._gradients(request, len(self._nodes))

    def _inputs_in_use(self) -> Sequence[int]:
        if isinstance(self._inputs, dict):
            return list(self._inputs)
        return range(len(self._inputs))

    def _run_node(self, node: Node) -> None:
        assert node.function is not None
        if self._functional and isinstance(node.function, VariablesUpdate):
            return  # nothing in its segment reads what it writes
        if self._functional and node.written:
            (written,) = node.written
            positional, _ = node.arguments(self._resolve)
            # No gradient flows through an assignment, as none does in eager mode.
            state = tf.stop_gradient(WRITES[node.function](positional[0], positional[1]))
            self._watch(written, state)
            for exposure in self._exposures:
                exposure.see_state(written, state)
            self._states.setdefault(written, [self._inputs[written]]).append(state)
            return
        with contextlib.ExitStack() as stack:
            for tape in self._tapes.values():
                tape.pause_for(node, stack)
            deeper = [exposure.products[node.depth] for exposure in self._exposures
                      if node.depth in exposure.products]
            if deeper:
                assert isinstance(node.function, Differentiation)
                positional, _ = node.arguments(self._resolve)
                result: Any = node.function.run(deeper, *positional)
            else:
                result = call(node, self._resolve)
        self._store(node, result)

    def _resolve(self, reference: Reference) -> Any:
        if type(reference) is Output:
            return self.values[reference]
        assert isinstance(reference, int)
        states = self._states.get(reference)
        return states[-1] if states else self._inputs[reference]

    def _store(self, node: Node, result: Any) -> None:
        tensors = [result] if node.output is not None else result_tensors(result)
        if len(tensors) != len(node.outputs):
            raise StructureChanged(node)
        for output, tensor in zip(node.outputs, tensors, strict=True):
            if output in self._given:
                continue
            for tape in self._tapes.values():
                tensor = tape.cut(output, tensor)
            for exposure in self._exposures:
                tensor = exposure.see(output, tensor)
            self.values[output] = tensor
            self._watch(output, tensor)

    def _watch(self, reference: Reference, value: Any) -> None:
        for tape in self._tapes.values():
            tape.watch(reference, value)

    def _gradients(self, request: GradientRequest, number: int) -> list[Any]:
        ys = [self._resolve(reference) for reference in request.ys]
        grad_ys = [
            tf.ones_like(y) if reference is None else self._resolve(reference)
            for y, reference in zip(ys, request.grad_ys, strict=True)
        ]
        # A variable has been as many tensors as it had states.
        sources = [
            self._states.get(reference) or [self._inputs[reference]]
            if isinstance(reference, int) else [self.values[reference]]
            for reference in request.xs
        ]
        hidden_stops: list[Any] = []
        if number == len(self._nodes) and self._own_exposure is not None:
            sources.extend(self._own_exposure.sources())
            hidden_stops = self._own_exposure.stops
        flat = [source for states in sources for source in states]
        if number in self._tapes:
            gradients = self._tapes.pop(number).gradient(ys, flat, grad_ys)
        else:
            stops = [self._resolve(reference) for reference in request.stop_gradients]
            stops.extend(hidden_stops)
            gradients = differentiable_only(
                lambda ys, xs, grad_ys: tf.gradients(
                    ys, xs, grad_ys=grad_ys, stop_gradients=stops or None
                ), ys, flat, grad_ys,
            )
            gradients = [gradient if gradient is None or _leads_to(source, ys) else None
                         for source, gradient in zip(flat, gradients, strict=True)]
        remaining = iter(gradients)
        return [
            _sum([next(remaining) for _ in states], states, request.zero_if_unconnected)
            for states in sources
        ]


def _apart(inputs: Sequence[Any] | dict[int, Any]) -> dict[int, Any]:
    """The inputs as tensors of their own each: a tape cannot tell uses of one tensor apart."""
    apart = dict(inputs) if isinstance(inputs, dict) else dict(enumerate(inputs))
    seen: set[int] = set()
    for number, value in apart.items():
        if isinstance(value, tf.Tensor) and id(value) in seen:
            apart[number] = tf.identity(value)
        seen.add(id(value))
    return apart


def _sum(gradients: list[Any], states: list[Any], zero_if_unconnected: bool) -> Any:
    connected = [gradient for gradient in gradients if gradient is not None]
    if not connected:
        return tf.zeros_like(states[0]) if zero_if_unconnected else None
    return total(connected)


def total(gradients: Sequence[Any]) -> Any:
    """Op call: the sum of gradients; indexed slices stay what they are where all of them are.

    The gradient of a lookup is indexed slices, whose duplicates some optimizers do not sum.
    """
    sparse = [isinstance(g, tf.IndexedSlices) and g.dense_shape is not None for g in gradients]
    if not all(sparse):
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return dense[0] if len(dense) == 1 else tf.add_n(dense)
    if len(gradients) == 1:
        return gradients[0]
    indices = [tf.convert_to_tensor(gradient.indices) for gradient in gradients]
    if any(each.dtype != indices[0].dtype for each in indices):
        indices = [tf.cast(each, tf.int64) for each in indices]
    return tf.IndexedSlices(
        tf.concat([gradient.values for gradient in gradients], 0),
        tf.concat(indices, 0),
        gradients[0].dense_shape,
    )


class _Tape:
    """TensorFlow's own tape, watching what one request asks for."""

    def __init__(self, request: GradientRequest, stack: contextlib.ExitStack) -> None:
        self._sources = set(request.xs)
        self._stops = {stop for stop in request.stop_gradients if type(stop) is Output}
        # An op call of several results may compute one from another, a gradient for instance.
        self._watches_all = any(
            type(source) is Output and len(source.node.outputs) > 1 for source in self._sources
        )
        self.tape = NativeTape(watch_accessed_variables=False)
        self._open = stack.enter_context(contextlib.ExitStack())
        self._open.enter_context(self.tape)

    def watch(self, reference: Reference, value: Any) -> None:
        if (self._watches_all or reference in self._sources) and is_differentiable(value):
            self.tape.watch(value)

    def pause_for(self, node: Node, stack: contextlib.ExitStack) -> None:
        """Leaves out the op call if the gradient must not flow through what it returns."""
        if self._stops and all(output in self._stops for output in node.outputs):
            stack.enter_context(self.tape.stop_recording())

    def cut(self, output: Output, value: Any) -> Any:
        """The result that other op calls get; apart from others that the gradient flows through."""
        if output not in self._stops or len(output.node.outputs) == 1:
            return value
        with self.tape.stop_recording():
            return tf.identity(value)

    def gradient(self, ys: list[Any], xs: list[Any], grad_ys: list[Any]) -> list[Any]:
        self._open.close()
        return differentiable_only(self.tape.gradient, ys, xs, grad_ys)


def differentiable_only(
    gradients_of: Callable[[list[Any], list[Any], list[Any]], list[Any]],
    ys: list[Any], xs: list[Any], grad_ys: list[Any],
) -> list[Any]:
    """Asks for the gradients of those that can have one; the others get None."""
    targets = [
        (y, grad_y) for y, grad_y in zip(ys, grad_ys, strict=True) if is_differentiable(y)
    ]
    numbers = [number for number, x in enumerate(xs) if is_differentiable(x)]
    result: list[Any] = [None] * len(xs)
    if targets and numbers:
        gradients = gradients_of(
            [y for y, _ in targets], [xs[number] for number in numbers],
            [grad_y for _, grad_y in targets],
        )
        for number, value in zip(numbers, gradients, strict=True):
            result[number] = value
    return result


def _leads_to(source: Any, targets: list[Any]) -> bool:
    """Whether graph tensors are computed from another.

    To a result of an operation of several a graph gives zeros where the targets come from the
    others alone; a tape gives None.
    """
    if not isinstance(source, tf.Tensor) or len(source.op.outputs) == 1:
        return True  # it would have no gradient otherwise
    wanted = {target.name for target in targets}
    pending, seen = [source], {source.name}
    while pending:
        tensor = pending.pop()
        if tensor.name in wanted:
            return True
        following = [output for operation in tensor.consumers() for output in operation.outputs]
        pending += [output for output in following if output.name not in seen]
        seen.update(output.name for output in following)
    return False


def is_differentiable(value: Any) -> bool:
    """Whether a tensor or variable can have a gradient, by its dtype."""
    dtype: Any = getattr(value, "dtype", None)
    return isinstance(value, (tf.Tensor, tf.Variable)) and bool(
        dtype.is_floating or dtype.is_complex
    )


class StructureChanged(Exception):
    """An op call returned another number of tensors than its trace remembers."""

    def __init__(self, node: Node) -> None:
        super().__init__(f"{node.function} changed what it returns")
        self.node = node
