"""Vector-Jacobian products of closed segments, as op calls: what a walk through history records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime import executor
from tfimp.runtime.higher_orders import NOTHING, Exposure, Hidden
from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import Differentiation, GradientRequest, Reference, gradient
from tfimp.runtime.replay import Replay, run_by_product
from tfimp.runtime.segment import Segment, call_recorded
from tfimp.runtime.spec import ARRAY, CopiedArray
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.thread import local
from tfimp.runtime.trace import Ending, Node
from tfimp.runtime.unmarked_tapes import unmarked_tapes_paused
from tfimp.runtime.variable import GuardedVariable, Variable


class VectorJacobianProduct(Differentiation):
    """The op call that takes cotangents of a segment's results to cotangents of its inputs.

    Args:
        node: the segment's last node.
        outputs: the results for which cotangents come.
        wanted: the inputs (by number) for which cotangents are wanted, and earlier results;
            those are taken as independent of the inputs.
        hidden: what is hidden in the products among its op calls. Cotangents for these sources are
            wanted, too, and those for the inputs are with what comes by way of them.

    Attributes:
        outputs, wanted, hidden: as passed.
        nodes: the op calls that it runs again.
        inputs: the numbers of the inputs that it takes.
        given: the results that it takes.
        work: what compiling it costs, in op calls: those of the segment and their gradients.
    """

    def __init__(
        self, node: Node, outputs: tuple[Output, ...], wanted: tuple[Reference, ...],
        hidden: Hidden = NOTHING,
    ) -> None:
        self.outputs = outputs
        self.wanted = wanted
        self.hidden = hidden
        self.given = [reference for reference in wanted if isinstance(reference, Output)]
        self.nodes = run_by_product(node.path(), outputs, self.given)
        # Where what is given is computed again for a gradient, its way to the inputs is there for
        # that gradient, but closed to this product's cotangents.
        again = any(step.function is gradient for step in self.nodes)
        self._stops: list[Output] = self.given if again else []
        used = {r for step in self.nodes for r in step.references()}.union(wanted)
        self.inputs = sorted(r for r in used if isinstance(r, int))
        self.work = 3 * len(self.nodes)

    def hides(self, about: Hidden) -> Hidden:
        """What it computes again of what is hidden in its segment."""
        computed: set[Reference] = {o for step in self.nodes for o in step.outputs}
        computed.update(number for step in self.nodes for number in step.written)
        depths = {step.depth for step in self.nodes}
        return Hidden(
            tuple(source for source in about.sources if source in computed),
            tuple(output for output in about.stops if output in computed),
            tuple((depth, hidden) for depth, hidden in about.products if depth in depths),
        )

    def run(self, exposures: Sequence[Exposure], *args: Any) -> list[Any]:
        """Takes the values of inputs, given results and cotangents.

        Returns:
            A cotangent, or None, for each that is wanted and for each that is hidden.
        """
        primals, given, cotangents = args
        with unmarked_tapes_paused():  # the variables were read when the op calls were made
            values = {
                number: tf.convert_to_tensor(primal) if isinstance(primal, tf.Variable) else primal
                for number, primal in zip(self.inputs, primals, strict=True)
            }
        first = 1 + max(self.inputs, default=-1)
        for number, cotangent in enumerate(cotangents, first):
            values[number] = cotangent
        request = GradientRequest(
            list(self.outputs), list(self.wanted),
            list(range(first, first + len(cotangents))), list(self._stops), False,
        )
        known = {} if self._stops else dict(zip(self.given, given, strict=True))
        result = Replay(
            self.nodes, values, functional=True, given=known, hidden=self.hidden,
            exposures=exposures,
        ).run(request)
        assert result is not None
        return result


class _ProductOnTape(Differentiation):
    """The product of one segment that tier 0 ran under a tape, from what the tape remembers."""

    def __init__(self, product: VectorJacobianProduct, history: Segment) -> None:
        self._product = product
        self._history = history

    def run(self, exposures: Sequence[Exposure], *args: Any) -> list[Any]:
        """As the product."""
        product, tape = self._product, self._history.tape
        _, _, cotangents = args
        found = None if tape is None else tape.product(
            self._history, product.nodes, product.outputs, cotangents, product.wanted
        )
        return product.run(exposures, *args) if found is None else found


def record_product(
    history: Segment, totals: dict[Output, Any], wanted: tuple[Reference, ...],
    given: list[Tensor], hidden: Hidden,
) -> list[Any]:
    """Records the product of a closed segment.

    Args:
        totals: the cotangents of its results.
        wanted, given, hidden: as `VectorJacobianProduct` has them; `given` are the tensors.

    Returns:
        A cotangent, or None, for each that is wanted and for each that is hidden.
    """
    node = history.cursor
    outputs = tuple(totals)
    if node.ending is None:
        node.ending = Ending()
    product = node.ending.products.get((outputs, wanted, hidden))
    if product is None:
        product = VectorJacobianProduct(node, outputs, wanted, hidden)
        for output in outputs:
            output.node.note_gradient()
        node.ending.products[outputs, wanted, hidden] = product
    args = [[_primal(history, number) for number in product.inputs], given, list(totals.values())]
    on_tape = None
    if history.tape is not None and not hidden:
        on_tape = _ProductOnTape(product, history)
    segment = local.segment
    depth = segment.cursor.depth
    result = call_recorded(product, args, {}, run_by=on_tape)
    if segment.cursor.depth == depth:
        segment = local.segment  # it had to end before the op call
    if segment.cursor.function is product:
        segment.products[segment.cursor.depth] = history
    assert isinstance(result, list)
    return result


def _primal(history: Segment, number: int) -> Any:
    value = history.inputs[number]
    cls = type(value)
    if cls is Tensor:
        return value
    if value is ARRAY:
        return CopiedArray(history.feeds[number])
    if cls is Variable or isinstance(value, GuardedVariable):
        version = history.versions[number]
        if version is value._version and not _is_pending(value):
            return value
        return leaf(value.value_at(version), source=value)
    return executor.eager_input(value, history.feeds[number])


def _is_pending(variable: GuardedVariable) -> bool:
    """Whether the open segment writes the variable, so that it no longer is what it was."""
    segment = local.segment
    return segment.cursor.writes and id(variable) in segment.known
