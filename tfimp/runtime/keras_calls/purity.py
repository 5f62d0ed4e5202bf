"""What a Keras object's call depends on, and whether it does nothing but compute."""

from __future__ import annotations

import types
import weakref
from typing import Any, Final

import keras
import numpy as np

_TRUSTED: Final = ("keras.", "tensorflow.", "tfimp.")
_DATA: Final = ("numpy", "collections", "inspect")

# Attributes on which no call depends: what Keras notes while it calls or builds a layer, and
# what `compile` sets on a model.
BOOKKEEPING: Final = frozenset({
    "_called", "built", "_lock", "_parent_path", "_saved_model_inputs_spec",
    "_saved_model_arg_spec", "learning_rate",
    "compiled", "loss", "optimizer", "_optimizer", "steps_per_execution", "train_function",
    "test_function", "predict_function", "_compile_loss", "_compile_metrics", "_loss_tracker",
    "_run_eagerly", "_jit_compile", "_compile_config", "_compile_loss_weights", "stop_training",
    "history", "_initial_epoch", "_eval_epoch_iterator",
})
# What makes variables or is applied to them later, by `layer.losses` or by an optimizer.
_OF_VARIABLES: Final = ("_initializer", "_constraint", "_regularizer")


def parts_of(owner: Any) -> list[Any]:
    """The object with all layers, metrics or optimizers in it."""
    if hasattr(owner, "_flatten_layers"):
        return list(owner._flatten_layers())
    inner = getattr(owner, "inner_optimizer", None)
    if inner is not None:
        return [owner, *parts_of(inner)]
    metrics = getattr(owner, "_metrics", ())
    return [owner, *(part for metric in metrics for part in parts_of(metric))]


def state_of(owner: Any) -> tuple[Any, ...] | None:
    """The attributes that a call may depend on; None if a call may do more than compute."""
    state: list[Any] = []
    for part in parts_of(owner):
        if not _only_computes(part):
            return None
        state.append(id(part))
        for name, value in vars(part).items():
            if name in BOOKKEEPING or _is_of_variables(name):
                continue
            if name == "_learning_rate" and callable(value) and not _is_trusted(value):
                continue  # Python of the user's, run before the step
            if not _is_trusted(value):
                return None
            if not name.startswith("_") and _may_change_unseen(value):
                return None  # the program may change it in place
            state.append((name, *_told_apart(value)))
        for variable in getattr(part, "_trainable_variables", ()):
            constraint = getattr(variable, "constraint", None)
            if not _is_trusted(constraint):
                return None
            state.append(id(constraint))
    return tuple(state)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str, type(None)))


def can_be_told(value: Any) -> bool:
    """Whether a state that holds a value differs from one that holds any other, ever."""
    return _is_plain(value) or type(value).__weakrefoffset__ != 0


def _told_apart(value: Any) -> tuple[type, Any]:
    if _is_plain(value):
        return type(value), value  # by `==` alone 1 is True
    return type(value), _Identity(value) if can_be_told(value) else id(value)


class _Identity:
    """Equal while an object lives to what is about the same object; does not hold it."""

    __slots__ = ("_id", "_reference")

    def __init__(self, value: Any) -> None:
        self._id = id(value)
        self._reference = weakref.ref(value)

    def __hash__(self) -> int:
        return hash(self._id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Identity):
            return False
        value = self._reference()
        return value is not None and value is other._reference()


def _may_change_unseen(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_may_change_unseen, value))
    if isinstance(value, dict):
        return any(map(_may_change_unseen, value.values()))
    return isinstance(value, np.ndarray)


class ByContent:
    """An object without variables; equal to one of its class whose attributes are equal."""

    def __init__(self, owner: Any) -> None:
        """Takes a copy of the object.

        Raises:
            TypeError: where it cannot be told whether attributes are equal.
        """
        self.owner = object.__new__(type(owner))
        vars(self.owner).update(vars(owner))
        self._content = (type(owner), _frozen(vars(owner)))

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByContent) and self._content == other._content


def _frozen(value: Any) -> Any:
    if _is_plain(value):
        return type(value), value
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_frozen, value))
    if isinstance(value, keras.DTypePolicy):
        return value.name
    if isinstance(value, types.FunctionType):
        return value
    raise TypeError(f"Objects of {type(value).__name__} may change unseen.")


def _is_of_variables(name: str) -> bool:
    return name.endswith(_OF_VARIABLES) and name != "activity_regularizer"


def _is_trusted(value: Any) -> bool:
    """Whether a value is Keras's or the language's, so that it runs no code of the user's."""
    if isinstance(value, types.FunctionType):
        return str(value.__module__).startswith(_TRUSTED)
    module = type(value).__module__
    return module == "builtins" or module.startswith((*_TRUSTED, *_DATA))


def _only_computes(part: Any) -> bool:
    cls = type(part)
    if not cls.__module__.startswith("keras.") or cls.__name__ in ("Lambda", "TorchModuleWrapper"):
        return False
    return getattr(part, "supports_jit", True) is not False


def is_built(owner: Any) -> bool:
    """Whether a call makes no variables any more."""
    return all(
        getattr(part, "_built", getattr(part, "built", True)) is not False
        for part in ([owner] if hasattr(owner, "_flatten_layers") else parts_of(owner))
    )
