"""The names of TensorFlow 1 that mean something of their own in marked modules."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final, NoReturn

import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.recording import call_op
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.tensorflow_internals import graph_stack
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1 import graph, operation, saver, session, variable_scope
from tfimp.runtime.version_1.dimensions import use_dimensions
from tfimp.runtime.version_1.graph import GraphKeys, current_graph, get_collection
from tfimp.runtime.version_1.optimizer import ExponentialMovingAverage, optimizer_class

_v1: Final = tf.compat.v1


class _VariableV1Type(type):
    """Makes `tf.Variable` of `tensorflow.compat.v1`: TensorFlow 1's arguments, our variables."""

    def __call__(
        cls, initial_value: Any = None, trainable: bool | None = None, collections: Any = None,
        validate_shape: bool = True, caching_device: Any = None, name: str | None = None,
        variable_def: Any = None, dtype: Any = None, expected_shape: Any = None,
        import_scope: Any = None, constraint: Any = None, use_resource: bool | None = None,
        synchronization: Any = tf.VariableSynchronization.AUTO,
        aggregation: Any = _v1.VariableAggregation.NONE, shape: Any = None,
    ) -> Any:
        if graph_stack.stack:
            return _v1.Variable(
                initial_value, trainable, collections, validate_shape, caching_device, name,
                variable_def, dtype, expected_shape, import_scope, constraint, use_resource,
                synchronization, aggregation, shape)
        scope = tf.get_current_name_scope()
        prefix = f"{scope}/" if scope else ""
        unique = current_graph().unique_name(prefix + (name or "Variable"))
        return Variable(
            initial_value=initial_value, trainable=trainable, collections=collections,
            validate_shape=validate_shape, name=unique.removeprefix(prefix), dtype=dtype,
            constraint=constraint, synchronization=synchronization, aggregation=aggregation,
            shape=shape,
        )

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, tf.Variable)


class VariableV1(metaclass=_VariableV1Type):
    """`tf.Variable` of `tensorflow.compat.v1`."""

    SaveSliceInfo = tf.Variable.SaveSliceInfo


class _GraphType(type):
    """Makes `tf.Graph()` ours; a graph of TensorFlow's own is one too."""

    def __call__(cls) -> graph.Graph:
        return graph.Graph()

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, (graph.Graph, tf.Graph))


class AnyGraph(metaclass=_GraphType):
    """`tf.Graph` of `tensorflow.compat.v1`."""


def _assign(ref: Any, value: Any, validate_shape: Any = None, use_locking: Any = None,
            name: str | None = None) -> Any:
    """Sets the variable `ref`; returns its new value."""
    return _assigned(ref, "assign", value)


def _assign_add(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Any:
    """Adds to the variable `ref`; returns its new value."""
    return _assigned(ref, "assign_add", value)


def _assign_sub(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Any:
    """Subtracts from the variable `ref`; returns its new value."""
    return _assigned(ref, "assign_sub", value)


def _assigned(ref: Any, method: str, value: Any) -> Any:
    if graph_stack.stack or type(ref) is not Variable:
        return getattr(ref, method)(value)
    return operation.assignment(ref, method, value)


def _placeholder_with_default(input: Any, shape: Any = None, name: str | None = None) -> Any:
    """The default: nothing can be fed."""
    if graph_stack.stack:
        return _v1.placeholder_with_default(native(input), shape, name)
    if type(input) is Variable:
        return input.read_value()
    return input if type(input) is Tensor else leaf(tf.convert_to_tensor(input))


def _get_regularization_losses(scope: str | None = None) -> list[Any]:
    """`tf.losses.get_regularization_losses`: computed now."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def _get_regularization_loss(scope: str | None = None, name: str | None = None) -> Any:
    """`tf.losses.get_regularization_loss`: the sum of the regularisation losses, computed now."""
    losses = _get_regularization_losses(scope)
    return call_op(tf.add_n, losses) if losses else tf.constant(0.0)


def _get_global_step(graph: Any = None) -> Any:
    """`tf.train.get_global_step`: the variable, or None."""
    steps = get_collection(GraphKeys.GLOBAL_STEP)
    if steps:
        return steps[0]
    named = [v for v in get_collection(GraphKeys.GLOBAL_VARIABLES) if v.name == "global_step:0"]
    return named[0] if named else None


def _create_global_step(graph: Any = None) -> Any:
    """`tf.train.create_global_step`.

    Raises:
        ValueError: if there is one.
    """
    if _get_global_step() is not None:
        raise ValueError('"global_step" already exists.')
    return variable_scope._Store(current_graph(), False).get_variable(
        "global_step", shape=[], dtype=tf.int64, initializer=_v1.zeros_initializer(),
        trainable=False, collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP])


def _get_or_create_global_step(graph: Any = None) -> Any:
    """`tf.train.get_or_create_global_step`."""
    found = _get_global_step()
    return _create_global_step() if found is None else found


def _switch(name: str) -> Callable[..., None]:
    def switch(*args: Any, **kwargs: Any) -> None:
        """Does nothing in a marked module, where op calls run as they are made."""

    def switch_shapes(*args: Any, **kwargs: Any) -> None:
        """Has the sizes in static shapes have a `value`, as TensorFlow 1's, or no longer."""
        use_dimensions(name.startswith("disable_"))

    made = switch_shapes if name.endswith(_SWITCHES_OF_SHAPES) else switch
    made.__name__ = made.__qualname__ = name
    return made


def _refused(name: str, reason: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"tf.{name} {reason}")

    refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
    refuse.__doc__ = f"Refused: `tf.{name}` {reason}"
    return refuse


class _RefusedModule(types.ModuleType):
    """A module of TensorFlow 1 whose functions and classes are refused with advice."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"tensorflow.compat.v1.{name}", f"Refused: `tf.{name}` {reason}")
        self.__dict__["_path"] = name
        self.__dict__["_reason"] = reason

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return _refused(f"{self._path}.{name}", self._reason)


_NO_GRAPH: Final = (
    "works on the ops of a graph, and there are none: op calls run as they are made. "
)
_LOSSES: Final = (
    "sums what a graph has collected; op calls that run as they are made would add to it at every "
    "step. Add up the losses that the functions return, and tf.losses.get_regularization_loss()."
)
_SUMMARIES: Final = (
    "collects the ops of a graph, and there are none: op calls run as they are made. Write values "
    "with tf.compat.v2.summary: create_file_writer(folder), and in `with writer.as_default():` "
    "scalar(name, value, step)."
)
_MONITORED: Final = (
    "runs the ops of a graph again and again, and there are none: op calls run as they are made. "
    "Write the loop, with a tf.Session() if values are fetched through one, and save with "
    "tf.train.Saver."
)
_LAYERS: Final = (
    "makes variables where it is called, and went with Keras 2: a layer made once and called in "
    "the loop does the same. Use tf.keras.layers (Dense, Conv2D, BatchNormalization, ...) or "
    "tf.get_variable."
)
_CELLS: Final = (
    "went with Keras 2. Use tf.keras.layers.LSTM or GRU; for one step at a time, their LSTMCell "
    "and GRUCell."
)
_METRICS: Final = (
    "returns a tensor and an op that updates it, for a session to run; op calls run as they are "
    "made. Use a metric of tf.keras.metrics: metric.update_state(labels, predictions), then "
    "metric.result()."
)
_REFUSED_MODULES: Final = {"layers": _LAYERS, "nn.rnn_cell": _CELLS, "metrics": _METRICS}
_ITERATORS: Final = (
    "makes an iterator that a session initialises; op calls run as they are made. Write "
    "`for batch in dataset:`, or iter(dataset) and next(iterator)."
)
_REASONS: Final = {
    "data.make_initializable_iterator": _ITERATORS,
    "import_graph_def": _NO_GRAPH + "Use tf.compat.v1.wrap_function in an unmarked module.",
    "train.import_meta_graph": _NO_GRAPH + "Make the variables, then tf.train.Saver().restore.",
    "train.export_meta_graph": _NO_GRAPH + "Save with tf.saved_model.save or tf.train.Saver.",
    "train.write_graph": _NO_GRAPH + "Trace a function with tf.function where one is wanted.",
    "losses.get_total_loss": _LOSSES, "losses.get_losses": _LOSSES,
    "summary.merge_all": _SUMMARIES, "summary.merge": _SUMMARIES, "summary.FileWriter": _SUMMARIES,
    "train.MonitoredTrainingSession": _MONITORED, "train.MonitoredSession": _MONITORED,
    "train.SingularMonitoredSession": _MONITORED, "train.Supervisor": _MONITORED,
}
_SWITCHES: Final = (
    "control_flow_v2", "eager_execution", "resource_variables", "tensor_equality", "v2_behavior",
    "v2_tensorshape",
)
_SWITCHES_OF_SHAPES: Final = ("v2_behavior", "v2_tensorshape")

# Names below `tensorflow.compat.v1`; below `tensorflow` too where TensorFlow 2 has them not.
NAMES: Final[dict[str, Any]] = {
    **{f"{verb}_{what}": _switch(f"{verb}_{what}")
       for verb in ("enable", "disable") for what in _SWITCHES},
    **{name: _refused(name, reason) for name, reason in _REASONS.items()},
    **{name: _RefusedModule(name, reason) for name, reason in _REFUSED_MODULES.items()},
    "Graph": AnyGraph,
    "InteractiveSession": session.InteractiveSession,
    "Session": session.Session,
    "Variable": VariableV1,
    "VariableScope": variable_scope.VariableScope,
    "add_to_collection": graph.add_to_collection,
    "add_to_collections": graph.add_to_collections,
    "all_variables": graph.global_variables,
    "assign": _assign,
    "assign_add": _assign_add,
    "assign_sub": _assign_sub,
    "control_dependencies": operation.control_dependencies,
    "get_collection": graph.get_collection,
    "get_collection_ref": graph.get_collection_ref,
    "get_default_graph": graph.get_default_graph,
    "get_default_session": session.get_default_session,
    "get_local_variable": variable_scope.get_local_variable,
    "get_variable": variable_scope.get_variable,
    "get_variable_scope": variable_scope.get_variable_scope,
    "global_variables": graph.global_variables,
    "global_variables_initializer": session.global_variables_initializer,
    "group": operation.group,
    "initialize_all_tables": session.tables_initializer,
    "initialize_all_variables": session.global_variables_initializer,
    "initialize_local_variables": session.local_variables_initializer,
    "initialize_variables": session.variables_initializer,
    "initializers.global_variables": session.global_variables_initializer,
    "initializers.local_variables": session.local_variables_initializer,
    "initializers.tables_initializer": session.tables_initializer,
    "initializers.variables": session.variables_initializer,
    "local_variables": graph.local_variables,
    "local_variables_initializer": session.local_variables_initializer,
    "losses.get_regularization_loss": _get_regularization_loss,
    "losses.get_regularization_losses": _get_regularization_losses,
    "make_template": variable_scope.make_template,
    "model_variables": graph.model_variables,
    "moving_average_variables": graph.moving_average_variables,
    "no_op": operation.no_op,
    "placeholder": operation.placeholder,
    "placeholder_with_default": _placeholder_with_default,
    "report_uninitialized_variables": session.report_uninitialized_variables,
    "reset_default_graph": graph.reset_default_graph,
    "tables_initializer": session.tables_initializer,
    "train.ExponentialMovingAverage": ExponentialMovingAverage,
    "train.Saver": saver.Saver,
    "train.create_global_step": _create_global_step,
    "train.get_global_step": _get_global_step,
    "train.get_or_create_global_step": _get_or_create_global_step,
    "trainable_variables": graph.trainable_variables,
    "variable_scope": variable_scope.variable_scope,
    "variables_initializer": session.variables_initializer,
}


def own_class(cls: type) -> type:
    """A class of TensorFlow 1's as marked modules see it."""
    return optimizer_class(cls) if issubclass(cls, _v1.train.Optimizer) else cls
