"""The optimizers of `tf.train`: `minimize(loss)` of a tensor takes a step, at once.

In a graph `minimize` makes an op that takes a step whenever a session runs it. Here it is called as
often as steps are to be taken, with the loss of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.gradients import gradients
from tfimp.runtime.native import is_aside, native
from tfimp.runtime.tape import GradientTape
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.graph import GraphKeys, get_collection
from tfimp.runtime.version_1.operation import Operation

_v1: Final = tf.compat.v1


_TensorFlowOptimizer: Any = _v1.train.Optimizer


class Optimizer(_TensorFlowOptimizer):  # type: ignore[misc]
    """`tf.train.Optimizer`, whose losses may be tensors."""

    def minimize(self, loss: Any, *args: Any, **kwargs: Any) -> Any:
        """Takes one step that lowers `loss`; the arguments are those of TensorFlow's.

        Args:
            loss: a tensor, or a function of no arguments that returns one.

        Returns:
            An op, which has been carried out.
        """
        return super().minimize(loss, *args, **kwargs)

    def compute_gradients(
        self, loss: Any, var_list: Any = None, gate_gradients: int = 1,
        aggregation_method: Any = None, colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Pairs of a gradient (or None) and the variable that it is for.

        Args:
            loss: a tensor, or a function of no arguments that returns one.
            var_list: the variables; all trainable ones without it.
            grad_loss: the gradient for `loss`.
            gate_gradients, aggregation_method, colocate_gradients_with_ops: without effect.
        """
        if is_aside():
            return list(super().compute_gradients(
                native(loss), native(var_list), gate_gradients, aggregation_method,
                colocate_gradients_with_ops, native(grad_loss)))
        if callable(loss):
            with GradientTape() as tape:
                value = loss()
            variables = (list(tape.watched_variables()) if var_list is None
                         else tf.nest.flatten(var_list))
            return list(zip(tape.gradient(value, variables, grad_loss), variables, strict=True))
        variables = (get_collection(GraphKeys.TRAINABLE_VARIABLES) if var_list is None
                     else tf.nest.flatten(var_list))
        if not variables:
            raise ValueError("No variables to optimize.")
        found = gradients(loss, variables, None if grad_loss is None else [grad_loss])
        return list(zip(found, variables, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None,
                        name: str | None = None, **options: Any) -> Any:
        """Changes the variables by their gradients; returns an op, which has been carried out."""
        pairs = [(native(gradient), variable) for gradient, variable in grads_and_vars]
        converted = local.converted
        with _v1.variable_creator_scope(_make_variable):
            done = super().apply_gradients(pairs, global_step, name, **options)
        local.converted = converted  # what TensorFlow converted here leads to no loss
        return done if is_aside() else Operation(name or self.get_name(), "NoOp")


def _make_variable(next_creator: Callable[..., Any], **options: Any) -> Any:
    """Makes the variables of an optimizer, so that they are found among the global ones."""
    if is_aside():
        return next_creator(**options)
    taken = ("initial_value", "trainable", "validate_shape", "name", "dtype", "constraint",
             "synchronization", "aggregation", "shape", "collections")
    return Variable(**{key: options[key] for key in taken if key in options})


_classes: dict[type, type] = {_TensorFlowOptimizer: Optimizer}


def optimizer_class(cls: type) -> type:
    """The optimizer as marked modules see it: `cls`, whose losses may be tensors."""
    known = _classes.get(cls)
    if known is None:
        known = _classes[cls] = type(
            cls.__name__, (Optimizer, cls), {"__doc__": cls.__doc__, "__module__": cls.__module__})
    return known
