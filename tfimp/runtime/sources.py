"""What a gradient is taken with respect to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.crossings import Crossing
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor
from tfimp.runtime.variable import GuardedVariable, Variable, variable_in

_NOWHERE: Final[Sequence[int]] = ()


class Sources:
    """The tensors and variables of one gradient, found by identity.

    Attributes:
        values: the sources, each once, with the `tf.Variable` in the place of a Keras one.
        order: for each source that was asked for, its place among the values. One that was asked
            for twice has one gradient, which a gradient of gradients may take as one source.
        of_unmarked: for each that unmarked code has computed, a tensor without history that
            `places` finds. What unmarked code went on to compute from it has that as an input.
    """

    __slots__ = ("_places", "of_unmarked", "order", "values")

    def __init__(self, xs: Sequence[Any]) -> None:
        """Takes the sources.

        Raises:
            TypeError: for a source that is neither a tensor nor a variable.
        """
        self.values: list[Any] = []
        self.order: list[int] = []
        self.of_unmarked: list[Tensor] = []
        self._places: dict[int, tuple[int]] = {}
        for x in xs:
            if type(x) is not Variable:
                x = _checked(x)
            places = self._places.get(id(x))
            if places is None:
                places = self._places[id(x)] = (len(self.values),)
                self.values.append(x)
                if type(x) is not Variable:
                    self._note_unmarked(x)
            self.order.append(places[0])

    def _note_unmarked(self, x: Any) -> None:
        if isinstance(x, EagerTensor):
            self.of_unmarked.append(leaf(x))
        elif type(x) is Tensor and type(x._segment) is Crossing:
            self.of_unmarked.append(leaf(x._value, source=x))

    def places(self, value: Any) -> Sequence[int]:
        """Where a value that came into a segment stands among the sources; most often nowhere."""
        places = self._places
        found: Sequence[int] = places.get(id(value), _NOWHERE)
        if type(value) is Tensor and (
            value._segment is None or type(value._segment) is Crossing
        ):
            # What the program calls a source may be the eager tensor in it, or the variable of
            # which it is a reading.
            for other in (value._value, getattr(value, "_source", None)):
                if other is not None and id(other) in places:
                    found = [*found, *places[id(other)]]
        return found

    def results_of(self, history: Any) -> list[int]:
        """The sources that are results of a closed segment, or the like, by number."""
        return [number for number, x in enumerate(self.values)
                if type(x) is Tensor and x._segment is history]


def source_of(x: Any) -> Any:
    """A source as gradients know it: the `tf.Variable` that a Keras variable holds.

    Whether that one is trainable is what counts in eager mode, where Keras freezes its own only.
    """
    cls = type(x)
    if cls is Tensor or cls is Variable or cls is GuardedVariable:
        return x
    found = variable_in(x)
    if found is not None:
        return found[0]
    inner = getattr(x, "value", None) if hasattr(cls, "trainable") else None
    return inner if isinstance(inner, tf.Variable) else x


def _checked(x: Any) -> Any:
    x = source_of(x)
    if type(x) is not Tensor and not isinstance(x, (GuardedVariable, EagerTensor, tf.Variable)):
        raise TypeError(f"tf.gradients takes tensors and variables as xs, not {type(x).__name__}.")
    return x
