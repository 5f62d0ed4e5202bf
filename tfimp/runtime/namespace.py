"""The `tf` that marked modules see: TensorFlow's names, whose functions record.

A name is looked up in TensorFlow 2, then in `tf.compat.v1`, after what tfimp defines itself; the
names of `tensorflow.compat.v1` the other way round.
Functions that TensorFlow declares dispatchable become op calls; modules become namespaces;
everything else is handed out as it is.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.device import device
from tfimp.runtime.effects import note_effects
from tfimp.runtime.forward_accumulator import ForwardAccumulator
from tfimp.runtime.function import custom_gradient, function, grad_pass_through, recompute_grad
from tfimp.runtime.generalise import takes_inputs
from tfimp.runtime.gradients import gradients, hessians
from tfimp.runtime.keras_calls import record_keras_calls
from tfimp.runtime.numpy_methods import enable_numpy_behavior
from tfimp.runtime.recording import op_call
from tfimp.runtime.step import new_step
from tfimp.runtime.tape import GradientTape
from tfimp.runtime.tensor import AnyTensor, leaf
from tfimp.runtime.tensorflow_internals import EagerTensor, graph_stack, is_dispatchable
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.names import NAMES as VERSION_1_NAMES
from tfimp.runtime.version_1.names import own_class

V1: Final = "compat.v1"

_ABSENT: Final = object()

# Functions that call functions of the user's, and that TensorFlow does not declare dispatchable.
_NATIVE_CALLS: Final = frozenset({
    "case", "cond", "foldl", "foldr", "map_fn", "nn.dynamic_rnn", "numpy_function", "print",
    "py_func", "py_function", "scan", "switch_case", "vectorized_map", "while_loop",
})

# Functions of TensorFlow that are op calls although it does not declare them dispatchable.
_ALSO_OP_CALLS: Final = frozenset({
    "constant", "zeros", "ones", "eye", "fill", "range", "linspace", "image.is_jpeg",
    "io.decode_json_example", "io.is_jpeg", "io.read_file", "io.serialize_tensor",
    "linalg.banded_triangular_solve", "linalg.logm", "linalg.slogdet",
})
_ALSO_OP_CALLS_IN: Final = ("signal.", "sparse.", "experimental.numpy.")

# Functions in these namespaces that tell of shapes and dtypes, which are known before the values.
_ABOUT_SPECS: Final = frozenset(f"experimental.numpy.{name}" for name in (
    "finfo", "iscomplexobj", "isrealobj", "isscalar",
    "issubdtype", "ndim", "promote_types", "result_type", "shape", "size",
))


def _from_outside(recorded: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.constant` and its kin: an array is a value from outside and not an op call."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if graph_stack.stack or not args or not isinstance(args[0], (np.ndarray, EagerTensor)):
            return recorded(*args, **kwargs)
        return leaf(own(*[native(arg) for arg in args],
                        **{name: native(arg) for name, arg in kwargs.items()}))

    call.__name__, call.__doc__ = own.__name__, own.__doc__
    return call


def _assign(ref: Any, value: Any, validate_shape: Any = None, use_locking: Any = None,
            name: str | None = None) -> Any:
    """Sets the variable `ref`; returns it."""
    return ref.assign(value)


def _assign_add(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Any:
    """Adds to the variable `ref`; returns it."""
    return ref.assign_add(value)


def _assign_sub(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Any:
    """Subtracts from the variable `ref`; returns it."""
    return ref.assign_sub(value)


def _static_value(tensor: Any, partial: bool = False) -> Any:
    """The tensor's value as a NumPy array, as `tf.get_static_value` of an eager tensor."""
    return tf.get_static_value(native(tensor), partial)


def _record_if(condition: Any) -> Any:
    """`tf.summary.record_if`, which tests whether a condition is of TensorFlow's own class."""
    return tf.summary.record_if(
        (lambda: native(condition())) if callable(condition) else native(condition)
    )


def _dispatch_for_api(api: Any, *signatures: Any) -> Any:
    """`tf.experimental.dispatch_for_api`, which knows TensorFlow's own functions."""
    for own, wrapper in _wrappers.values():
        if wrapper is api:
            api = own
    return tf.experimental.dispatch_for_api(api, *signatures)


_OWN: Final[dict[str, Any]] = {
    "GradientTape": GradientTape,
    "Tensor": AnyTensor,
    "Variable": Variable,
    "function": function,
    "gradients": gradients,
    "hessians": hessians,
    "new_step": new_step,
    "custom_gradient": custom_gradient,
    "device": device,
    "experimental.dispatch_for_api": _dispatch_for_api,
    "experimental.numpy.experimental_enable_numpy_behavior": enable_numpy_behavior,
    "get_static_value": _static_value,
    "grad_pass_through": grad_pass_through,
    "recompute_grad": recompute_grad,
    "summary.record_if": _record_if,
    "assign": _assign,
    "assign_add": _assign_add,
    "assign_sub": _assign_sub,
}

# An op call has one wrapper, whatever the names under which it is found.
_wrappers: dict[int, tuple[Any, Any]] = {}


class Namespace(types.ModuleType):
    """One of TensorFlow's modules, as marked modules see it.

    Args:
        name: the module's full name, `tensorflow.nn` say.
        modules: TensorFlow's modules in which names are looked up, the first first.
        prefix: the path of its names below `tensorflow`, with a dot at the end, or "".
    """

    def __init__(self, name: str, modules: list[Any], prefix: str) -> None:
        super().__init__(name, getattr(modules[0], "__doc__", None))
        self.__dict__["_modules"] = modules
        self.__dict__["_prefix"] = prefix
        for attribute in ("__path__", "__file__", "__spec__", "__version__"):
            if hasattr(modules[0], attribute):
                self.__dict__[attribute] = getattr(modules[0], attribute)

    def __getattr__(self, name: str) -> Any:
        value = self._look_up(name)
        self.__dict__[name] = value  # so that the next access is a plain one
        return value

    def _look_up(self, name: str) -> Any:
        if name == "ForwardAccumulator" and self._prefix == "autodiff.":
            return ForwardAccumulator
        if self._prefix == "compat." and name == "v1":
            return namespace_v1
        path = self._prefix.removeprefix(V1 + ".") + name
        if self._prefix.startswith(V1 + ".") and path in VERSION_1_NAMES:
            return VERSION_1_NAMES[path]
        if path in _OWN:
            return _OWN[path]
        for module in self._modules:
            found = getattr(module, name, _ABSENT)
            if found is not _ABSENT:
                return _wrap(found, self._prefix + name)
            if path in VERSION_1_NAMES:
                return VERSION_1_NAMES[path]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        names = {name for module in self._modules for name in dir(module)}
        prefix = self._prefix.removeprefix(V1 + ".")
        own = (path.removeprefix(prefix) for path in _OWN if path.startswith(prefix))
        return sorted(names.union(name for name in own if "." not in name))

    def __repr__(self) -> str:
        return f"<namespace {self.__name__!r} of tfimp>"


def _wrap(value: Any, path: str) -> Any:
    if isinstance(value, types.ModuleType):
        if "keras" in value.__name__:
            record_keras_calls()
            return value
        if not value.__name__.startswith("tensorflow"):
            return value
        if ".python." in value.__name__ and not path.startswith(("experimental", V1)):
            return value
        return Namespace(f"tensorflow.{path}", [value, *_counterpart(path)], path + ".")
    if isinstance(value, type):
        return own_class(value)
    if not isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        return value
    name = path.removeprefix(V1 + ".")
    if not _makes_op_calls(value, path, name):
        return value
    known = _wrappers.get(id(value))
    if known is None:
        note_effects(name, value)
        wrapper = op_call(takes_inputs(value) if name == "constant" else value)
        if name in ("constant", "convert_to_tensor", "identity"):
            wrapper = _from_outside(wrapper, value)
        known = _wrappers[id(value)] = (value, wrapper)
    return known[1]


def _makes_op_calls(function: Any, path: str, name: str) -> bool:
    return (
        is_dispatchable(function)
        or path.startswith("raw_ops.")
        or name in _ALSO_OP_CALLS
        or name in _NATIVE_CALLS
        or (name.startswith(_ALSO_OP_CALLS_IN) and name not in _ABOUT_SPECS)
    )


def _counterpart(path: str) -> list[Any]:
    """The module of this path that the other version of TensorFlow's API has, if it has one."""
    in_v1 = path.startswith(V1 + ".")
    module: Any = tf if in_v1 else tf.compat.v1
    for name in path.removeprefix(V1 + ".").split("."):
        module = getattr(module, name, None)
    if isinstance(module, types.ModuleType) and "keras" not in module.__name__:
        return [module]
    return []


namespace: Final = Namespace("tensorflow", [tf, tf.compat.v1], "")
namespace_v1: Final = Namespace("tensorflow.compat.v1", [tf.compat.v1, tf], V1 + ".")
