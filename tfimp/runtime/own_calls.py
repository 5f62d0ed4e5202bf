"""The op calls that are tfimp's own: reads and writes of variables, and gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfimp.runtime.higher_orders import Exposure
from tfimp.runtime.keys import Output
from tfimp.runtime.trace import Node

# Refers to a result of the trace, or by number to an input of it.
Reference = Output | int


def assign(variable: Any, value: Any) -> None:
    """Op call: sets the variable."""
    variable.assign(value, read_value=False)


def assign_add(variable: Any, delta: Any) -> None:
    """Op call: adds to the variable."""
    variable.assign_add(delta, read_value=False)


def assign_sub(variable: Any, delta: Any) -> None:
    """Op call: subtracts from the variable."""
    variable.assign_sub(delta, read_value=False)


# The op calls that write a variable, as functions from its old value to its new one.
WRITES: dict[Callable[..., None], Callable[[Any, Any], Any]] = {
    assign: lambda old, value: tf.convert_to_tensor(value, dtype=old.dtype),
    assign_add: lambda old, delta: old + tf.convert_to_tensor(delta, dtype=old.dtype),
    assign_sub: lambda old, delta: old - tf.convert_to_tensor(delta, dtype=old.dtype),
}


class VariablesUpdate:
    """An op call that writes several variables: its first argument is a list of them.

    It returns nothing, and its segment does not use these variables again.
    """

    def __call__(self, variables: list[Any], *args: Any) -> None:
        raise NotImplementedError


def read_variable(variable: Any) -> Any:
    """Op call: the variable's value."""
    return variable.read_value() if isinstance(variable, tf.Variable) else tf.identity(variable)


def gradient(
    ys: Sequence[Any], xs: Sequence[Any], grad_ys: Sequence[Any], stop_gradients: Sequence[Any],
    zero_if_unconnected: bool,
) -> list[Any]:
    """Op call: the gradients of the sum of `ys` with respect to each of `xs`.

    It is about op calls and not about values, so the replay carries it out itself.
    """
    raise AssertionError("a gradient is carried out by the replay of its trace")


class Differentiation:
    """An op call that takes gradients, as `gradient` does: run eagerly it needs a tape."""

    def __call__(self, *args: Any) -> list[Any]:
        return self.run([], *args)

    def run(self, exposures: Sequence[Exposure], *args: Any) -> list[Any]:
        """Makes the op call, some of what it computes being sources of gradients around it."""
        raise NotImplementedError


class GradientRequest(NamedTuple):
    """The arguments of a `gradient` call, as references into the trace."""

    ys: list[Reference]
    xs: list[Reference]
    grad_ys: list[Any]
    stop_gradients: list[Reference]
    zero_if_unconnected: bool


def request_of(node: Node) -> GradientRequest:
    """The request of a `gradient` node."""
    (ys, xs, grad_ys, stops, zero), _ = node.arguments(lambda reference: reference)
    return GradientRequest(ys, xs, grad_ys, stops, zero)
