"""`get_variable` and `variable_scope`: variables by name, made once and shared.

The rules, and the words of the errors, are those that TensorFlow 1 has in graph mode.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.tensorflow_internals import graph_stack
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.graph import Graph, GraphKeys, current_graph

_v1: Final = tf.compat.v1
AUTO_REUSE: Final = _v1.AUTO_REUSE


_TensorFlowScope: Any = _v1.VariableScope


class VariableScope(_TensorFlowScope):  # type: ignore[misc]
    """TensorFlow's own, which also reuses variables where op calls run as they are made."""

    def __init__(self, reuse: Any, name: str = "", **options: Any) -> None:
        options.pop("caching_device", None)
        super().__init__(reuse, name, **options)
        self._reuses = reuse

    @property
    def reuse(self) -> Any:
        """Whether `get_variable` finds variables: True, False or `tf.AUTO_REUSE`."""
        return self._reuses

    def reuse_variables(self) -> None:
        """Has `get_variable` find variables from now on."""
        self._reuses = True

    def set_caching_device(self, caching_device: Any) -> None:
        """Accepted; without effect."""

    def set_use_resource(self, use_resource: Any) -> None:
        """Accepted; without effect: all variables are resource variables."""

    def get_collection(self, name: str) -> list[Any]:
        """The items of a collection whose names are in this scope."""
        return current_graph().get_collection(name, self.name + "/" if self.name else None)

    def trainable_variables(self) -> list[Any]:
        """The trainable variables in this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """The variables in this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """The local variables in this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def inner(self, name: str, reuse: Any, name_scope: str, changes: dict[str, Any]) -> Any:
        """A scope like this one but for what was given."""
        options = {
            "initializer": self.initializer, "regularizer": self.regularizer,
            "partitioner": self.partitioner, "dtype": self.dtype,
            "custom_getter": self.custom_getter,
        }
        getter, outer_getter = changes.get("custom_getter"), self.custom_getter
        if getter is not None and outer_getter is not None:
            changes = {**changes, "custom_getter": _nested_getter(getter, outer_getter)}
        options.update({key: value for key, value in changes.items() if value is not None})
        return VariableScope(reuse, name, name_scope=name_scope, **options)


def _nested_getter(inner: Callable[..., Any], outer: Callable[..., Any]) -> Callable[..., Any]:
    def getter(true_getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, true_getter), *args, **kwargs)

    return getter


class variable_scope:
    """`tf.variable_scope`, with its arguments: a context in which `get_variable` names and shares.

    Raises:
        TypeError, ValueError: as TensorFlow 1.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if graph_stack.stack:
            return _v1.variable_scope(*args, **kwargs)
        return super().__new__(cls)

    def __init__(
        self, name_or_scope: Any, default_name: str | None = None, values: Any = None,
        initializer: Any = None, regularizer: Any = None, caching_device: Any = None,
        partitioner: Any = None, custom_getter: Any = None, reuse: Any = None, dtype: Any = None,
        use_resource: Any = None, constraint: Any = None, auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if reuse is not None and not isinstance(reuse, bool) and reuse is not AUTO_REUSE:
            raise ValueError("The reuse parameter must be True or False or None.")
        if name_or_scope is None and reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        if not isinstance(name_or_scope, (str, _v1.VariableScope, type(None))):
            raise TypeError(
                "VariableScope: name_or_scope must be a string or VariableScope."
            )
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError("The auxiliary_name_scope must be `True` or `False`, while get "
                            f"{auxiliary_name_scope}")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse
        self._auxiliary_name_scope = auxiliary_name_scope
        self._changes = {
            "initializer": initializer, "regularizer": regularizer, "partitioner": partitioner,
            "custom_getter": custom_getter, "dtype": dtype, "constraint": constraint,
        }
        self._entered: list[tuple[Any, Any, Any, Any]] = []

    def __enter__(self) -> Any:
        scopes = current_graph().scopes
        outer = get_variable_scope()
        given = self._name_or_scope
        counts = None
        if isinstance(given, _v1.VariableScope):
            # A scope that is jumped to: the names below it are counted from where they were.
            name, name_scope = given.name, given.name.split("/")[-1]
        else:
            name_scope = given if given is not None else self._unique_name(outer)
            name = f"{outer.name}/{name_scope}" if outer.name else name_scope
        scopes.counts[name] = scopes.counts.get(name, 0) + 1
        if isinstance(given, _v1.VariableScope):
            counts = dict(scopes.counts)
        opened = None
        path = ""
        if self._auxiliary_name_scope and name_scope:
            opened = tf.name_scope(name_scope)
            path = opened.__enter__()
        if isinstance(given, _v1.VariableScope):
            parent = given if isinstance(given, VariableScope) else VariableScope(
                given.reuse, given.name, initializer=given.initializer, dtype=given.dtype)
            scope = parent.inner(name, self._reuse or given.reuse, given.original_name_scope,
                                 self._changes)
        else:
            scope = outer.inner(name, self._reuse or outer.reuse, path, self._changes)
        self._entered.append((scopes, outer, opened, counts))
        scopes.current = scope
        return scope

    def _unique_name(self, outer: VariableScope) -> str:
        counts = current_graph().scopes.counts
        prefix = str(self._default_name)
        path = f"{outer.name}/{prefix}" if outer.name else prefix
        if not counts.get(path):
            return prefix
        number = 1
        while counts.get(f"{path}_{number}"):
            number += 1
        return f"{prefix}_{number}"

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scopes, outer, opened, counts = self._entered.pop()
        if counts is not None:
            scopes.counts = counts
        else:
            prefix = scopes.current.name + "/"
            for name in scopes.counts:
                if name.startswith(prefix):
                    scopes.counts[name] = 0
        scopes.current = outer
        if opened is not None:
            opened.__exit__(exception_type, exception, traceback)


def get_variable_scope() -> Any:
    """`tf.get_variable_scope`."""
    if graph_stack.stack:
        return _v1.get_variable_scope()
    scopes = current_graph().scopes
    if scopes.current is None:
        scopes.current = VariableScope(False)
    return scopes.current


def get_variable(name: str, shape: Any = None, dtype: Any = None, initializer: Any = None,
                 *args: Any, **kwargs: Any) -> Any:
    """`tf.get_variable`, with its arguments: the variable of this name, made if need be.

    A `partitioner` is ignored: the variable is one piece.

    Raises:
        ValueError: as TensorFlow 1 in graph mode, where the scope's `reuse` forbids it.
    """
    if graph_stack.stack:
        return _v1.get_variable(name, shape, dtype, initializer, *args, **kwargs)
    options = dict(zip(_OPTIONS, args, strict=False)) | kwargs
    scope = get_variable_scope()
    store = _Store(current_graph(), scope.reuse)
    return scope.get_variable(store, name, shape, dtype, initializer, **options)


# The arguments of `tf.get_variable` after `initializer`.
_OPTIONS: Final = (
    "regularizer", "trainable", "collections", "caching_device", "partitioner", "validate_shape",
    "use_resource", "custom_getter", "constraint", "synchronization", "aggregation",
)


def make_template(
    name_: str, func_: Callable[..., Any], create_scope_now_: bool = False,
    unique_name_: str | None = None, custom_getter_: Any = None, **kwargs: Any,
) -> Callable[..., Any]:
    """`tf.make_template`: `func_`, whose variables are made at the first call and then shared."""
    opened: list[Any] = []

    def open_scope() -> variable_scope:
        return variable_scope(unique_name_, name_, custom_getter=custom_getter_)

    def template(*args: Any, **more: Any) -> Any:
        with variable_scope(opened[0], reuse=bool(opened[1:])) if opened else open_scope() as scope:
            result = func_(*args, **(kwargs | more))
        # From now on the second item says that the variables are there.
        opened[:] = [opened[0] if opened else scope, True]
        return result

    if create_scope_now_:
        with open_scope() as scope:
            opened.append(scope)
    return functools.update_wrapper(template, func_) if hasattr(func_, "__name__") else template


def get_local_variable(name: str, *args: Any, **kwargs: Any) -> Any:
    """`tf.get_local_variable`: not trainable, and in the collection of local variables."""
    kwargs["trainable"] = False
    kwargs["collections"] = [*(kwargs.get("collections") or ()), GraphKeys.LOCAL_VARIABLES]
    return get_variable(name, *args, **kwargs)


class _Store:
    """Where a `VariableScope` looks for variables: those of a graph."""

    def __init__(self, graph: Graph, reuse: Any) -> None:
        self._graph = graph
        self._reuse = reuse

    def get_variable(
        self, name: str, *, custom_getter: Any = None, constraint: Any = None, **options: Any
    ) -> Any:
        """Finds or makes a variable, through the program's own getter if there is one."""
        options["reuse"] = self._reuse
        for ignored in ("caching_device", "use_resource"):
            options[ignored] = None
        if custom_getter is None:
            return self._find_or_make(name, constraint=constraint, **options)
        parameters = inspect.signature(custom_getter).parameters
        if "constraint" in parameters or any(
            parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
        ):
            options["constraint"] = constraint
        return custom_getter(self._find_or_make, name=name, **options)

    def _find_or_make(
        self, name: str, shape: Any = None, dtype: Any = tf.float32, initializer: Any = None,
        regularizer: Any = None, reuse: Any = None, trainable: bool | None = None,
        collections: Any = None, caching_device: Any = None, partitioner: Any = None,
        validate_shape: bool = True, use_resource: Any = None, constraint: Any = None,
        synchronization: Any = tf.VariableSynchronization.AUTO,
        aggregation: Any = _v1.VariableAggregation.NONE,
    ) -> Any:
        dtype = tf.as_dtype(dtype)
        if shape is not None and initializer is not None and not callable(initializer):
            raise ValueError("If initializer is a constant, do not specify shape.")
        shape = None if shape is None else tf.TensorShape(shape)
        if name in self._graph.variables:
            return self._found(name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did "
                "you mean to set reuse=tf.AUTO_REUSE in VarScope?"
            )
        value, value_dtype = _initial_value(name, shape, dtype, initializer)
        variable = Variable(
            initial_value=value, name=self._graph.unique_name(name), dtype=value_dtype,
            trainable=trainable, collections=collections, validate_shape=validate_shape,
            constraint=constraint, synchronization=synchronization, aggregation=aggregation,
            shape=shape,
        )
        self._graph.variables[name] = variable
        if regularizer is not None and regularizer(variable) is not None:
            self._graph.add_regularizer(name, regularizer)
        return variable

    def _found(self, name: str, shape: Any, dtype: Any, reuse: Any) -> Variable:
        found = self._graph.variables[name]
        if not reuse:
            raise ValueError(
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
        if shape is not None and not shape.is_compatible_with(found.shape):
            raise ValueError(f"Trying to share variable {name}, but specified shape {shape} and "
                             f"found shape {found.shape}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"Trying to share variable {name}, but specified dtype {dtype.name} "
                             f"and found dtype {found.dtype.name}.")
        return found


def _initial_value(name: str, shape: Any, dtype: Any, initializer: Any) -> tuple[Any, Any]:
    """What a new variable begins with, and the dtype to say so with."""
    if initializer is None:
        if shape is None:
            raise ValueError(f"Variable {name} did not get an initializer, so its `shape` argument "
                             "must be specified.")
        if dtype.is_floating:
            initializer = _v1.glorot_uniform_initializer()
        elif dtype.is_integer or dtype.is_bool or dtype == tf.string:
            initializer = _v1.zeros_initializer()
        else:
            raise ValueError(f"An initializer for variable {name} of {dtype} is required")
    if not callable(initializer):
        return initializer, None
    if inspect.isclass(initializer):
        initializer = initializer()
    parameters = inspect.signature(initializer).parameters.values()
    if shape is not None and shape.is_fully_defined():
        options = {"partition_info": None} if any(
            parameter.name == "partition_info" for parameter in parameters) else {}
        return functools.partial(initializer, shape.as_list(), dtype=dtype, **options), dtype
    if all(parameter.default is not parameter.empty
           or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
           for parameter in parameters):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the "
        "shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` "
        "should be fully defined."
    )
