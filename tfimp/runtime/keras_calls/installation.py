"""Puts what records in the place of Keras's methods."""

from __future__ import annotations

from typing import Any

import keras

from tfimp.runtime.keras_calls import layers, metrics, optimizers
from tfimp.runtime.keras_calls.entries import noting_changes
from tfimp.runtime.keras_calls.functions import record_functions
from tfimp.runtime.keras_calls.methods import replace_method
from tfimp.runtime.keras_calls.variables import record_variables

_installed: list[bool] = []


def install() -> None:
    """Has Keras record the calls that marked code makes, from now on."""
    if _installed:
        return
    _installed.append(True)
    for cls in (keras.layers.Layer, keras.losses.Loss):
        replace_method(cls, "__call__", layers.recorded_call)
    layer = keras.layers.Layer
    layer.losses = property(layers.recorded_losses(layer.losses.fget), doc=layer.losses.__doc__)
    for cls in metrics.metric_classes():
        metrics.record_methods(cls)
    replace_method(keras.metrics.Metric, "__call__", metrics.recorded_call)
    for cls in (keras.optimizers.Optimizer, keras.optimizers.LossScaleOptimizer):
        replace_method(cls, "apply", optimizers.recorded_apply)
    for cls in (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric,
                keras.optimizers.Optimizer):
        _note_changes(cls)
    record_variables()
    record_functions()


def _note_changes(cls: Any) -> None:
    setattr(cls, "__setattr__", noting_changes(cls.__setattr__))  # noqa: B010
