"""Calls of Keras's own layers and losses, and steps of its optimizers, as op calls.

Keras is unmarked code: left alone it converts our tensors and runs by itself. A layer that Keras
brings along is a function of its arguments and its variables, though, once it is built; so it is
recorded as one op call, which `keras.StatelessScope` makes pure. A model that marked code derives
from `keras.Model` runs as Python, and the layers that it calls are recorded.

What is recorded is built, and does nothing but compute: it has no losses of its own, no masks, no
functions of the user's. When an attribute of it is set, it is looked at anew. All that tfimp knows
of Keras beyond its public interface stands in this file; tested with Keras 3.15.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.native import aside
from tfimp.runtime.recording import call_op
from tfimp.runtime.replay import VariablesUpdate, assign
from tfimp.runtime.segment import Segment, call_recorded
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor, captured_as, graph_stack
from tfimp.runtime.thread import local
from tfimp.runtime.variable import GuardedVariable, guard

# So many states of its attributes are remembered of a layer (a `trainable` that is switched, say);
# one that shows more runs by itself.
MOST_STATES: Final = 8

_TRUSTED: Final = ("keras.", "tensorflow.", "tfimp.")


class KerasCall:
    """The op call of a layer or a loss in one state of its attributes.

    It takes the values of the variables and returns, after the result, their new values, None for
    those that the call did not set.
    """

    def __init__(self, owner: Any, call: Callable[..., Any]) -> None:
        # The trace tree holds it longer than the program may hold the layer.
        self._owner = weakref.ref(owner)
        self._call = call
        self.__name__ = type(owner).__name__
        self.work = 3 * len(_parts(owner))

    def __call__(self, values: list[Any], args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        import keras

        owner = self._owner()
        values = [tf.convert_to_tensor(value) for value in values]
        variables = _variables(owner)
        mapping = list(zip(variables, values, strict=True))
        # Functions of the namespace that a layer holds (an activation) must not record.
        with aside(Tensor._fetch), keras.StatelessScope(mapping) as scope:
            if any(scope.get_current_value(variable) is not value for variable, value in mapping):
                raise _MustRunByItself  # called by a layer of mixed precision
            result = self._call(owner, *args, **kwargs)
            now = [scope.get_current_value(variable) for variable in variables]
        if not _is_plain(result) or any(getattr(part, "_losses", None) for part in _parts(owner)):
            raise _MustRunByItself
        return [result, [None if new is old else new for new, old in zip(now, values, strict=True)]]


class OptimizerStep(VariablesUpdate):
    """The op call of an optimizer that applies gradients to its variables."""

    def __init__(self, optimizer: Any, call: Callable[..., Any]) -> None:
        self._owner = weakref.ref(optimizer)
        self._call = call
        self.__name__ = type(optimizer).__name__
        self.work = 10 + 4 * len(optimizer.variables)

    def __call__(self, variables: list[Any], gradients: list[Any]) -> None:
        optimizer = self._owner()
        keras_variables = _step_variables(optimizer)
        trained = keras_variables[len(keras_variables) - len(gradients):]
        if not graph_stack.stack:
            with aside(Tensor._fetch):
                self._call(optimizer, gradients, trained)
            return
        handles = [variable.value._bare_handle for variable in keras_variables]
        with captured_as(handles, [variable.handle for variable in variables]):
            self._call(optimizer, gradients, trained)


class _Entry:
    """What is known of a layer, loss or optimizer.

    Attributes:
        call: the op call in its present state; None if it must run by itself.
        variables: the `tf.Variable`s that the op call takes.
        stale: whether an attribute was set since.
        calls: the op calls of the states seen so far.
    """

    __slots__ = ("call", "calls", "stale", "variables")

    def __init__(self) -> None:
        self.call: Any = None
        self.variables: list[GuardedVariable] = []
        self.stale = True
        self.calls: dict[Any, Any] = {}


_entries: weakref.WeakKeyDictionary[Any, _Entry] = weakref.WeakKeyDictionary()

# Which entries depend on a layer: its own, and those of the models that it is part of.
_dependents: weakref.WeakKeyDictionary[Any, list[_Entry]] = weakref.WeakKeyDictionary()


def _parts(owner: Any) -> list[Any]:
    """A layer with all layers in it; another object by itself."""
    return list(owner._flatten_layers()) if hasattr(owner, "_flatten_layers") else [owner]


def _variables(owner: Any) -> list[Any]:
    return list(getattr(owner, "variables", ()))


def _step_variables(optimizer: Any) -> list[Any]:
    """The optimizer's own variables, then those that it trains."""
    return [*optimizer.variables, *optimizer._trainable_variables]


def _state_of(owner: Any) -> tuple[Any, ...] | None:
    """The attributes that a call may depend on; None if a call may do more than compute."""
    state: list[Any] = []
    for part in _parts(owner):
        if not _only_computes(part):
            return None
        state.append(id(part))
        for name, value in vars(part).items():
            if isinstance(value, (bool, int, float, str, type(None))):
                if name not in _BOOKKEEPING:
                    state.append((name, value))
            elif isinstance(value, types.FunctionType):
                if not str(value.__module__).startswith(_TRUSTED):
                    return None
                state.append((name, id(value)))
            elif not _is_trusted(value):
                return None
            else:
                state.append((name, id(value)))
    return tuple(state)


_BOOKKEEPING: Final = frozenset({"_called", "built", "_lock"})


def _is_trusted(value: Any) -> bool:
    """Whether an attribute's class is Keras's or the language's, so that it runs no other code."""
    module = type(value).__module__
    return module == "builtins" or module.startswith((*_TRUSTED, "numpy", "collections", "inspect"))


def _only_computes(part: Any) -> bool:
    cls = type(part)
    if not cls.__module__.startswith("keras.") or cls.__name__ in ("Lambda", "TorchModuleWrapper"):
        return False
    if getattr(part, "compute_dtype", None) != getattr(part, "variable_dtype", None):
        return False  # mixed precision casts variables as they are read
    if getattr(part, "activity_regularizer", None) is not None or getattr(part, "_losses", None):
        return False
    return getattr(part, "supports_jit", True) is not False


def _entry_of(owner: Any) -> _Entry | None:
    """The entry of an object whose call can be recorded, or None."""
    entry = _entries.get(owner)
    if entry is None:
        _entries[owner] = entry = _Entry()
    if entry.stale:
        _look_at(owner, entry)
    return entry if entry.call is not None else None


def _look_at(owner: Any, entry: _Entry) -> None:
    import keras

    entry.stale = False
    entry.call = None
    for part in _parts(owner):
        known = _dependents.setdefault(part, [])
        if entry not in known:
            known.append(entry)
    state = _state_of(owner)
    if state is None or not getattr(owner, "built", True):
        return
    is_optimizer = isinstance(owner, keras.optimizers.Optimizer)
    variables = _step_variables(owner) if is_optimizer else _variables(owner)
    values = [getattr(variable, "_value", None) for variable in variables]
    if not all(guard(value) for value in values):
        return
    call = entry.calls.get(state)
    if call is None and len(entry.calls) < MOST_STATES:
        kind = OptimizerStep if is_optimizer else KerasCall
        call = entry.calls[state] = kind(owner, _originals[_base_of(owner)])
    entry.call = call
    entry.variables = values  # type: ignore[assignment]


_originals: dict[type, Callable[..., Any]] = {}


def _base_of(owner: Any) -> type:
    return next(base for base in _originals if isinstance(owner, base))


def _is_recording() -> bool:
    segment = local.segment
    return not graph_stack.stack and type(segment) is Segment and not segment.running


def _may_record(args: tuple[Any, ...]) -> bool:
    """Whether a call is marked code's, or takes a tensor of ours."""
    if not _is_recording():
        return False
    names = sys._getframe(2).f_globals
    if "_tfimp_" in names:
        return True
    # What Keras itself calls is part of what could not be recorded as a whole.
    return any(type(arg) is Tensor for arg in args) and not names["__name__"].startswith("keras.")


class _NotATensor(Exception):
    """An argument that Keras has to see itself."""


class _MustRunByItself(Exception):
    """A call whose result is more than tensors."""


def _argument(value: Any) -> Any:
    cls = type(value)
    if cls is Tensor:
        return value
    if cls is EagerTensor:
        if hasattr(value, "_keras_mask"):
            raise _NotATensor
        return value
    if cls is list or cls is tuple:
        return cls(_argument(item) for item in value)
    if cls is dict:
        return {name: _argument(item) for name, item in value.items()}
    raise _NotATensor


def _is_numeric_array(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in "fiub"


def _call_or_none(owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any] | None:
    """Records a call of a layer or a loss; None if it has to run by itself."""
    entry = _entry_of(owner)
    if entry is None:
        return None
    try:
        taken = [
            leaf(tf.convert_to_tensor(arg)) if _is_numeric_array(arg) else _argument(arg)
            for arg in args
        ]
        named = {
            name: value if value is None or type(value) is bool else _argument(value)
            for name, value in kwargs.items()
        }
    except (_NotATensor, TypeError):
        return None
    try:
        result, updates = call_recorded(entry.call, (entry.variables, taken, named), {})
    except _MustRunByItself:
        entry.call = None
        entry.calls = dict.fromkeys(range(MOST_STATES))  # from now on, whatever is set
        return None
    for variable, update in zip(entry.variables, updates, strict=True):
        if update is not None:
            call_op(assign, variable, update)
    return [result]


def _layer_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _may_record(args):
            recorded = _call_or_none(self, args, kwargs)
            if recorded is not None:
                return recorded[0]
        return original(self, *args, **kwargs)

    __call__.__wrapped__ = original  # type: ignore[attr-defined]
    return __call__


def _is_plain(result: Any) -> bool:
    """Whether a result is tensors in a nest, without masks."""
    return all(
        isinstance(item, tf.Tensor) and not hasattr(item, "_keras_mask")
        for item in tf.nest.flatten(result)
    )


def _apply(original: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
        grads = list(grads)
        if _is_recording() and all(type(g) is Tensor for g in grads):
            entry = _entry_of(self)
            given = None if trainable_variables is None else list(trainable_variables)
            if entry is not None and _trains_all(self, given, grads):
                call_recorded(entry.call, (entry.variables, grads), {})
                local.segment.close()
                return None
            trainable_variables = given
        return original(self, grads, trainable_variables)

    apply.__wrapped__ = original  # type: ignore[attr-defined]
    return apply


def _trains_all(optimizer: Any, variables: list[Any] | None, gradients: list[Any]) -> bool:
    own = optimizer._trainable_variables
    if len(gradients) != len(own):
        return False
    return variables is None or all(a is b for a, b in zip(variables, own, strict=True))


def _noting_changes(original: Callable[..., None]) -> Callable[..., None]:
    def __setattr__(self: Any, name: str, value: Any) -> None:
        if name not in _BOOKKEEPING and self in _dependents:
            for entry in _dependents[self]:
                entry.stale = True
        original(self, name, value)

    return __setattr__


def record_keras_calls() -> None:
    """Has Keras, which is imported by now or here, record the calls that marked code makes."""
    import keras

    if _originals:
        return
    for base, name, recorded in (
        (keras.layers.Layer, "__call__", _layer_call), (keras.losses.Loss, "__call__", _layer_call),
        (keras.optimizers.Optimizer, "apply", _apply),
    ):
        cls = next(cls for cls in base.__mro__ if name in vars(cls))
        _originals[cls] = getattr(cls, name)
        setattr(cls, name, recorded(_originals[cls]))
        setattr(cls, "__setattr__", _noting_changes(cls.__setattr__))  # noqa: B010
