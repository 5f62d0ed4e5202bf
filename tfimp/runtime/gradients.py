"""`tf.gradients`, inside the open segment and back through the history of earlier ones.

Inside the segment that computed the targets a gradient is one more op call; before it
`backpropagation` walks through the history.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.aside import is_aside, native
from tfimp.runtime.backpropagation import Backpropagation, dense
from tfimp.runtime.recording import call_op
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import gradient_parts, graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable

# What needs no flattening.
_FLAT: Final = frozenset({Tensor, Variable})


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
    unconnected = unconnected_gradients
    if unconnected is not tf.UnconnectedGradients.NONE:
        unconnected = tf.UnconnectedGradients(unconnected_gradients)
    if not graph_stack.stack and is_aside():
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
    sources = _flat(xs)
    found = [dense(gradient) for gradient in _gradients_or_warning(
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
    walk = Backpropagation(xs, stops, None, None)
    found = walk.run(ys, grad_ys)
    converted, local.converted = local.converted, False
    if converted and walk.met_unmarked:
        warnings.warn(
            "tf.gradients takes as a constant what unmarked code (a Keras layer, a method of a "
            "ragged tensor, say) has computed from a tensor that it converted. Only a "
            "tf.GradientTape can follow that.", stacklevel=3,
        )
    return found


def flat_targets(values: Any) -> list[Any]:
    """The tensors and variables in a nest; of composite tensors what gradients flow through.

    Of indexed slices these are the values.
    """
    if type(values) in _FLAT:
        return [values]
    return list(values) if is_flat(values) else gradient_parts(_flat(values))


def is_flat(values: Any) -> bool:
    """Whether these are a list of tensors and variables and nothing else, as most are."""
    return type(values) is list and _FLAT.issuperset(map(type, values))


def _flat(values: Any) -> list[Any]:
    flat = tf.nest.flatten(list(values) if isinstance(values, (list, tuple)) else values)
    return [value.values if isinstance(value, tf.IndexedSlices) else value for value in flat]


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
    return [[dense(gradient) for gradient in gradients_for(leaf(tf.constant(row)))]
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
    for x, gradient_of_x in zip(_flat(xs), gradients(ys, xs), strict=True):
        rows = [] if gradient_of_x is None else rows_of_jacobian(
            gradient_of_x, functools.partial(gradients, gradient_of_x, x)
        )
        shape = [*x.shape.as_list(), *x.shape.as_list()]
        whole = [call_op(tf.zeros_like, x) if row[0] is None else row[0] for row in rows]
        result.append(call_op(tf.reshape, call_op(tf.stack, whole), shape) if whole
                      else call_op(tf.zeros, shape, x.dtype))
    return result
