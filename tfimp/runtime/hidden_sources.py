"""Which sources of a gradient products of closed segments compute again by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.higher_orders import NOTHING, Hidden
from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import Reference
from tfimp.runtime.replay import run_by_product
from tfimp.runtime.segment import Segment
from tfimp.runtime.sources import Sources
from tfimp.runtime.tensor import Tensor


class HiddenSources:
    """Finds, for one gradient, what is hidden in the products that were recorded before it.

    Args:
        sources: what the gradient is taken with respect to.
        stops: what it must not flow through.
    """

    def __init__(self, sources: Sources, stops: Sequence[Any]) -> None:
        self._sources = sources
        self._stops = stops
        self._found: dict[int, Hidden] = {}

    def in_segment(self, segment: Segment) -> Hidden:
        """The sources that products recorded in a segment compute again by themselves."""
        if not segment.products:
            return NOTHING  # most often: this is no second gradient
        found = self._found.get(segment.serial)
        if found is None:
            path = segment.cursor.path()
            products = []
            for depth, about in segment.products.items():
                product: Any = path[depth - 1].function
                hidden = product.hides(Hidden(
                    (*results_in(about, self._sources.values), *self._variables_in(about)),
                    results_in(about, self._stops), self.in_segment(about).products,
                ))
                if hidden:
                    products.append((depth, hidden))
            found = self._found[segment.serial] = Hidden(products=tuple(products))
        return found

    def _variables_in(self, segment: Segment) -> list[int]:
        """The inputs of a closed segment that are variables and sources, by number."""
        return [number for number, value in enumerate(segment.inputs)
                if isinstance(value, tf.Variable) and self._sources.places(value)]


def results_in(segment: Segment, tensors: Sequence[Any]) -> tuple[Output, ...]:
    """The results of a segment among these tensors, each once."""
    return tuple({x._output: None for x in tensors if type(x) is Tensor and x._segment is segment})


def computed_jointly(
    history: Segment, outputs: Sequence[Output], inner: Sequence[Output], later: Sequence[Output]
) -> list[Output]:
    """The sources of a segment that an op call computes which the product has to run as well.

    They cannot be taken as independent: an op call of several results may compute one from another,
    and its gradient, where one is taken among what the product runs, may use any of them.

    Args:
        outputs: the results for which cotangents come.
        inner: all sources.
        later: those that are to be taken as independent otherwise.
    """
    among_several = [output for output in inner if len(output.node.outputs) > 1]
    if not among_several:
        return []
    path = history.cursor.path()
    joint: list[Output] = []
    while True:
        given = [output for output in later if output not in joint]
        nodes = set(run_by_product(path, outputs, given))
        found = [output for output in among_several
                 if output.node in nodes and output not in outputs and output not in joint]
        if not found:
            return joint
        joint.extend(found)


def with_segments(segment: Segment, hidden: Hidden) -> Iterator[tuple[Segment, Reference]]:
    """The sources that are hidden in a segment and its products, each with its own segment."""
    for source in hidden.sources:
        yield segment, source
    for depth, deeper in hidden.products:
        yield from with_segments(segment.products[depth], deeper)
