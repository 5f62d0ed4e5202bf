"""The optimizers and averages of `tf.train`: `minimize(loss)` of a tensor takes a step, at once.

In a graph `minimize` makes an op that takes a step whenever a session runs it. Here it is called as
often as steps are to be taken, with the loss of each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.aside import is_aside, native
from tfimp.runtime.backpropagation import backpropagate
from tfimp.runtime.gradients import gradients
from tfimp.runtime.tape import GradientTape
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.graph import (
    GraphKeys,
    add_to_collection,
    current_graph,
    get_collection,
)
from tfimp.runtime.version_1.operation import Operation
from tfimp.runtime.version_1.update_rules import UPDATE_RULES, UpdateRule

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
        grad_ys = None if grad_loss is None else [grad_loss]
        if var_list is not None:
            variables = tf.nest.flatten(var_list)
            return list(zip(gradients(loss, variables, grad_ys), variables, strict=True))
        variables = get_collection(GraphKeys.TRAINABLE_VARIABLES)
        if not variables:
            raise ValueError("No variables to optimize.")
        # Of all there are, some may well have no part in the loss: nothing to warn of.
        found = backpropagate([loss], variables, grad_ys)
        return list(zip(found, variables, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None,
                        name: str | None = None, **options: Any) -> Any:
        """Changes the variables by their gradients; returns an op, which has been carried out."""
        given = list(grads_and_vars)
        pairs = [pair for pair in given if pair[0] is not None] or given
        rule = type(self).__dict__.get("_tfimp_rule")
        if rule is not None and not is_aside() and not options:
            recorded = [pair for pair in pairs if _is_recorded(*pair)]
            pairs = [pair for pair in pairs if not _is_recorded(*pair)]
            self._record_updates(rule, recorded)
            if recorded and not pairs:
                rule.finish(self, self._tfimp_common)
                if global_step is not None:
                    global_step.assign_add(1)
                return Operation(name or self.get_name(), "NoOp")
        pairs = [(native(gradient), variable) for gradient, variable in pairs]
        converted = local.converted
        with _making_slots():
            done = super().apply_gradients(pairs, global_step, name, **options)
        local.converted = converted  # what TensorFlow converted here leads to no loss
        return done if is_aside() else Operation(name or self.get_name(), "NoOp")

    def _record_updates(self, rule: UpdateRule, pairs: list[tuple[Any, Any]]) -> None:
        # To look one up, TensorFlow asks for the variable's handle, which ends the segment.
        slots = self.__dict__.setdefault("_tfimp_slots", {})
        new = [variable for _, variable in pairs if variable._unique_id not in slots]
        if new:
            with _making_slots():
                self._create_slots(new)
            for variable in new:
                slots[variable._unique_id] = [
                    self.get_slot(variable, name) for name in rule.slots(self)]
            self._tfimp_common = rule.common(self)
        shared = {"common": self.__dict__.get("_tfimp_common", ())}
        for gradient, variable in pairs:
            rule.update(self, shared, gradient, variable, *slots[variable._unique_id])


def _is_recorded(gradient: Any, variable: Any) -> bool:
    """Whether a variable can be changed by op calls that are recorded."""
    return (type(variable) is Variable and variable.constraint is None
            and type(gradient) is Tensor and gradient.dtype == variable.dtype)


@contextlib.contextmanager
def _making_slots() -> Iterator[None]:
    """While it lasts what TensorFlow makes for an optimizer are variables of ours."""
    with current_graph().naming_slots(), _v1.variable_creator_scope(_make_variable):
        yield


def _make_variable(next_creator: Callable[..., Any], **options: Any) -> Any:
    """Makes the variables of an optimizer, so that they are found among the global ones."""
    if is_aside():
        return next_creator(**options)
    taken = ("initial_value", "trainable", "validate_shape", "name", "dtype", "constraint",
             "synchronization", "aggregation", "shape", "collections")
    return Variable(**{key: options[key] for key in taken if key in options})


_TensorFlowAverage: Any = _v1.train.ExponentialMovingAverage


class ExponentialMovingAverage(_TensorFlowAverage):  # type: ignore[misc]
    """`tf.train.ExponentialMovingAverage`, whose `apply` moves the averages, at once."""

    def apply(self, var_list: Any = None) -> Any:
        """Moves the averages of all trainable variables, or of those given.

        Returns:
            An op, which has been carried out.
        """
        variables = get_collection(GraphKeys.TRAINABLE_VARIABLES) if var_list is None else var_list
        with _making_slots():
            done = super().apply(variables)
        if is_aside():
            return done
        known = {id(v) for v in get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES)}
        for variable in variables:
            if id(variable) not in known:
                add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, variable)
        return Operation(self.name, "NoOp")

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """What a `tf.train.Saver` restores to have averages in the place of their variables.

        Args:
            moving_avg_variables: the variables with averages; all trainable ones, and those to
                which `apply` was given, without it.
        """
        averaged = moving_avg_variables
        if averaged is None:
            averaged = [v for key in (GraphKeys.TRAINABLE_VARIABLES,
                                      GraphKeys.MOVING_AVERAGE_VARIABLES)
                        for v in get_collection(key)]
        named = {self.average_name(variable): variable for variable in averaged}
        known = {id(variable) for variable in averaged}
        for variable in get_collection(GraphKeys.GLOBAL_VARIABLES):
            if id(variable) not in known:
                named.setdefault(variable.name.split(":")[0], variable)
        return named


_classes: dict[type, type] = {_TensorFlowOptimizer: Optimizer}


def optimizer_class(cls: type) -> type:
    """The optimizer as marked modules see it: `cls`, whose losses may be tensors."""
    known = _classes.get(cls)
    if known is None:
        known = _classes[cls] = type(
            cls.__name__, (Optimizer, cls),
            {"__doc__": cls.__doc__, "__module__": cls.__module__,
             "_tfimp_rule": UPDATE_RULES.get(cls.__name__)})
    return known
