"""What a gradient is taken with respect to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.native import Crossing
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor
from tfimp.runtime.variable import Variable

_NOWHERE: Final[Sequence[int]] = ()


class Sources:
    """The tensors and variables of one gradient, found by identity.

    Attributes:
        values: the sources in their order, with the `tf.Variable` in the place of a Keras one.
        of_unmarked: for each that unmarked code has computed, a tensor without history that
            `places` finds. What unmarked code went on to compute from it has that as an input.
    """

    __slots__ = ("_places", "of_unmarked", "values")

    def __init__(self, xs: Sequence[Any]) -> None:
        """Takes the sources.

        Raises:
            TypeError: for a source that is neither a tensor nor a variable.
        """
        self.values = [x if type(x) is Variable else _checked(x) for x in xs]
        self.of_unmarked: list[Tensor] = []
        self._places: dict[int, list[int]] = {}
        for place, x in enumerate(self.values):
            places = self._places.setdefault(id(x), [])
            if not places and type(x) is not Variable:
                self._note_unmarked(x)
            places.append(place)

    def _note_unmarked(self, x: Any) -> None:
        if isinstance(x, EagerTensor):
            self.of_unmarked.append(leaf(x))
        elif type(x) is Tensor and type(x._segment) is Crossing:
            self.of_unmarked.append(leaf(x._value, source=x))

    def places(self, value: Any) -> Sequence[int]:
        """Where a value that came into a segment stands among the sources; most often nowhere."""
        places = self._places
        found = places.get(id(value), _NOWHERE)
        if type(value) is Tensor and (
            value._segment is None or type(value._segment) is Crossing
        ):
            # What the program calls a source may be the eager tensor in it, or the variable of
            # which it is a reading.
            for other in (value._value, getattr(value, "_source", None)):
                if other is not None and id(other) in places:
                    found = [*found, *places[id(other)]]
        return found


def _checked(x: Any) -> Any:
    if type(x) is Tensor:
        return x  # which looks a name that it does not have up in its value
    inner = getattr(x, "value", None) if hasattr(x, "trainable") else None
    x = inner if isinstance(inner, tf.Variable) else x
    if not isinstance(x, (EagerTensor, tf.Variable)):
        raise TypeError(f"tf.gradients takes tensors and variables as xs, not {type(x).__name__}.")
    return x
