"""Steps of optimizers that marked code asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import tensorflow as tf

from tfimp.runtime.keras_calls.calls import is_recording, own
from tfimp.runtime.keras_calls.entries import entry_of
from tfimp.runtime.segment import call_recorded
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.thread import local


def recorded_apply(original: Callable[..., Any]) -> Callable[..., Any]:
    """The `apply` of a class of optimizers, which has steps with our gradients recorded."""

    def apply(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
        grads = list(grads)
        given = None if trainable_variables is None else list(trainable_variables)
        if is_recording() and _are_ours(grads) and _record_step(self, original, given, grads):
            return None
        return original(self, grads, given)

    return update_wrapper(apply, original)


def _are_ours(gradients: list[Any]) -> bool:
    """Whether gradients are tensors of ours, indexed slices of such, or None."""
    found = False
    for gradient in gradients:
        if type(gradient) is Tensor or (
            type(gradient) is tf.IndexedSlices and type(gradient.values) is Tensor
        ):
            found = True
        elif gradient is not None:
            return False
    return found


def _record_step(
    optimizer: Any, method: Callable[..., Any], variables: list[Any] | None, gradients: list[Any]
) -> bool:
    entry = entry_of(optimizer)
    call = entry.call_of(optimizer, method)
    if call is None:
        return False
    numbers = _numbers(entry.trained, variables, gradients)
    if numbers is None:
        return False
    rate = _rate_of_users_schedule(optimizer)
    segment = local.segment
    call_recorded(call, (entry.variables, gradients, numbers or None, rate), {})
    own(optimizer, segment)
    if segment is local.segment:
        segment.seal(entry.variables)
        if segment.deferring:
            for variable in entry.variables:
                variable.writer = segment
    return True


def _numbers(
    trained: list[Any], variables: list[Any] | None, gradients: list[Any]
) -> str | None:
    """Which of these variables the gradients are for: "" for all in turn; None if others."""
    if variables is None or [*map(id, variables)] == [*map(id, trained)]:
        return "" if len(gradients) == len(trained) else None
    places = {id(variable): str(place) for place, variable in enumerate(trained)}
    found = [places.get(id(variable)) for variable in variables]
    if len(found) != len(gradients) or None in found:
        return None
    return " ".join(place for place in found if place is not None)


def _rate_of_users_schedule(optimizer: Any) -> Any:
    """The learning rate that a function or schedule of the user's gives; None if there is none."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    rate = optimizer._learning_rate
    if not callable(rate) or type(rate).__module__.startswith("keras."):
        return None
    return optimizer._get_current_learning_rate()
