"""Plans: a segment's op calls, compiled into one graph function for one set of wanted results."""

from __future__ import annotations

import time
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.counters import counters
from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import gradient
from tfimp.runtime.plan_replay import PlanReplay, scope_of
from tfimp.runtime.replay import StructureChanged
from tfimp.runtime.spec import ARRAY, SCALAR, VARIABLE, InputSpec
from tfimp.runtime.tensorflow_internals import (
    GraphFunction,
    branches_of,
    build_function,
    handle_placeholder,
    is_stateful,
    stop_tapes,
    variable_on_handle,
)
from tfimp.runtime.trace import Node
from tfimp.runtime.weak_inputs import WeakInput, natural_dtype

# Stateful ops whose order automatic control dependencies keep and whose only effect is on a
# variable. Any other stateful op draws at random or does what the outside can see.
_VARIABLE_OPS: Final = frozenset({
    "ReadVariableOp", "VariableShape", "VarIsInitializedOp", "AssignVariableOp",
    "AssignAddVariableOp", "AssignSubVariableOp", "ResourceGather", "ResourceGatherNd",
    "ResourceScatterAdd", "ResourceScatterSub", "ResourceScatterUpdate",
})


class NotPlannable(Exception):
    """The op call at `node` must be run when it is made."""

    def __init__(self, node: Node, reason: str) -> None:
        super().__init__(f"{node.function} cannot be part of a plan: {reason}")
        self.node = node


class Plan:
    """A compiled segment.

    Attributes:
        slots: the results that it computes, by their slots in the segment, ascending.
        written: the input numbers of the variables that it writes, ascending.
        keeps_versions: whether it hands out, after the results, the values that these variables
            had before.
        seconds: what it cost to trace; the first run adds what TensorFlow needs to optimise it.
        warm: whether it has run.
    """

    __slots__ = ("_function", "keeps_versions", "node", "seconds", "slots", "warm", "written")

    def __init__(
        self, node: Node, slots: tuple[int, ...], keeps_versions: bool, inputs: list[Any]
    ) -> None:
        """Compiles the op calls up to `node`.

        Args:
            inputs: the segment's inputs, for the handles of its variables.

        Raises:
            NotPlannable: if an op call on the path cannot be part of any plan.
        """
        began = time.perf_counter()
        self.node = node
        self.slots = slots
        self.keeps_versions = keeps_versions
        self.warm = False
        path = node.path()
        self.written = tuple(sorted({number for step in path for number in step.written}))
        self._function = _compile(path, slots, self.written if keeps_versions else (), inputs)
        self.seconds = time.perf_counter() - began
        for step in path:
            step.compiled = True
        counters.plans_compiled += 1
        counters.plans_held += 1

    def __del__(self, counters: Any = counters) -> None:  # bound, for the interpreter's exit
        if hasattr(self, "seconds"):
            counters.plans_held -= 1

    def run(self, feeds: list[Any], ran: list[list[Any]]) -> None:
        """Runs on eager tensors and handles, one for each input; appends its results to `ran`."""
        self._function.run(feeds, ran)


def path_specs(path: list[Node]) -> list[InputSpec]:
    """The specs of all inputs of a segment, by number."""
    return [spec for node in path for spec in node.input_specs()]


def _compile(
    path: list[Node], slots: tuple[int, ...], kept: tuple[int, ...], inputs: list[Any]
) -> GraphFunction:
    specs = path_specs(path)
    handles = [
        inputs[number]._bare_handle if spec.kind is VARIABLE else None
        for number, spec in enumerate(specs)
    ]

    def make_placeholders() -> list[Any]:
        return [
            handle_placeholder(handle) if spec.kind is VARIABLE
            else tf.compat.v1.placeholder(feed_dtype(spec), spec.shape)
            for spec, handle in zip(specs, handles, strict=True)
        ]

    def body(placeholders: list[Any]) -> tuple[list[Any], list[Any]]:
        values = [
            _graph_value(spec, placeholder, inputs[number])
            for number, (spec, placeholder) in enumerate(zip(specs, placeholders, strict=True))
        ]
        versions = [values[number].read_value() for number in kept]
        replay = PlanReplay(path, values)
        try:
            replay.run()
            results = {output.slot: value for output, value in replay.values.items()}
            outputs = [results[slot] for slot in slots] + versions
            unneeded = replay.finish(outputs)
        except StructureChanged as error:
            raise NotPlannable(error.node, "its result differs in a graph") from None
        except Exception as error:
            if replay.failed is None:
                raise
            raise NotPlannable(replay.failed, str(error)) from error
        _check_operations(path, tf.compat.v1.get_default_graph())
        for output, value in replay.values.items():
            _describe(output, value)
        return outputs, unneeded

    with stop_tapes():
        return build_function(make_placeholders, body)


def feed_dtype(spec: InputSpec) -> tf.DType:
    """The dtype in which values of this spec are handed to a plan."""
    if spec.dtype is float:
        return tf.float64
    if spec.dtype is int:
        return tf.int64
    return natural_dtype(spec.dtype)


def _graph_value(spec: InputSpec, placeholder: Any, value: Any) -> Any:
    if spec.kind is VARIABLE:
        # Not trainable: whoever watches the variables of the code that runs now (a custom
        # gradient, say) must not see those of a graph.
        return variable_on_handle(value, placeholder, trainable=False)
    if spec.kind is ARRAY or spec.kind is SCALAR:
        return WeakInput(placeholder, natural_dtype(spec.dtype))
    return placeholder


def _check_operations(path: list[Node], graph: Any) -> None:
    by_scope = {scope_of(node): node for node in path}
    for operation in graph.get_operations():
        node = by_scope.get(operation.name.split("/", 1)[0])
        if node is None or not is_stateful(operation) or node.function is gradient:
            continue
        effect = _effect_of(operation)
        if effect is not None:
            raise NotPlannable(node, f"{effect} has an effect of its own")


def _effect_of(operation: Any) -> str | None:
    """The type of a stateful operation that does more than use variables, itself or in a branch."""
    branches = branches_of(operation)
    if not branches:
        return None if operation.type in _VARIABLE_OPS else operation.type
    for graph in branches:
        for inner in graph.get_operations():
            effect = _effect_of(inner) if is_stateful(inner) else None
            if effect is not None:
                return effect
    return None


def _describe(output: Output, value: Any) -> None:
    seen = tf.as_dtype(output.seen[0])
    if seen != value.dtype:
        raise NotPlannable(output.node, f"it returns {value.dtype} in a graph, not {seen}")
    output.dtype = seen
    output.shape = value.shape
