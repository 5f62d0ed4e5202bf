"""Derivatives of derivatives: what a product computes again by itself, made a source of the next.

A vector-Jacobian product of a closed segment runs that segment's op calls again from its inputs. A
later gradient may be asked for with respect to one of their results, which the program holds but
the product does not take, or to a variable that they have written. Then that gradient has as its
source what the product computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import tensorflow as tf

from tfimp.runtime.keys import Output


class Hidden(NamedTuple):
    """Sources among the results of a trace, and of the traces that its products run again.

    Attributes:
        sources: those of the trace itself, and by number those of its inputs that are variables
            which it writes: what these hold from then on.
        stops: those of its results that no gradient may flow through.
        products: what is hidden in the products of the trace, by the depth of their op calls.
    """

    sources: tuple[Output | int, ...] = ()
    stops: tuple[Output, ...] = ()
    products: tuple[tuple[int, Hidden], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sources or self.stops or self.products)

    def all_sources(self) -> Iterator[Output | int]:
        """Every source; the same one again where several products compute it."""
        yield from self.sources
        for _, hidden in self.products:
            yield from hidden.all_sources()


NOTHING: Final = Hidden()


class Exposure:
    """What is hidden from one gradient, while op calls and the products among them run.

    Attributes:
        products: what is hidden in the products, by the depth of their op calls.
        tape: the tape that the gradient is taken with; None in a graph.
        stops: where it ends, as far as they are computed.
    """

    def __init__(self, hidden: Hidden, root: Exposure | None = None) -> None:
        self._root = root or self
        self._sources: dict[Output | int, list[Any]] = {source: [] for source in hidden.sources}
        self._stops = frozenset(hidden.stops)
        self.products = {
            depth: Exposure(deeper, self._root) for depth, deeper in hidden.products
        }
        self.tape: Any = None
        self.stops: list[Any] = []

    def see(self, output: Output, computed: Any) -> Any:
        """Takes a result that was computed; returns it, or what other op calls get instead."""
        root = self._root
        if output in self._stops:
            if root.tape is not None:
                with root.tape.stop_recording():
                    computed = tf.identity(computed)
            root.stops.append(computed)
        root.watch(computed)
        if output in self._sources:
            self._sources[output].append(computed)
        return computed

    def see_state(self, number: int, state: Any) -> None:
        """Takes what a variable holds after a write."""
        self._root.watch(state)
        if number in self._sources:
            self._sources[number].append(state)

    def watch(self, value: Any) -> None:
        """Has the tape record what is computed from a value.

        It does so for every value: an op call of several results may compute one from another
        before that is known to be a source.
        """
        if self.tape is not None and isinstance(value, tf.Tensor) and (
            value.dtype.is_floating or value.dtype.is_complex
        ):
            self.tape.watch(value)

    def sources(self) -> list[list[Any]]:
        """In the order of `Hidden.all_sources` what was computed for each."""
        return [*self._sources.values(),
                *(found for each in self.products.values() for found in each.sources())]
