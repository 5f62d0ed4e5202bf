"""The op calls of a segment, run into the graph of a plan, so that an error leaves no trace.

Eager mode stops at the op call that fails: what was assigned before it is assigned, and nothing
after it. A plan may run its operations in another order, so it assigns last: until then the new
state of a variable is a value like any other, which later op calls read, and the assignments wait
for every operation that may fail. A plan that failed has written nothing, and its op calls can be
carried out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import WRITES, VariablesUpdate, assign, gradient
from tfimp.runtime.replay import Replay
from tfimp.runtime.run_time_errors import may_fail, needed_for
from tfimp.runtime.trace import Node


class PlanReplay(Replay):
    """A replay of a path, in whose graph variables are those on the handles that a plan gets.

    Each op call's operations stand under a name that tells which call it was.
    """

    def __init__(self, path: Sequence[Node], inputs: Sequence[Any]) -> None:
        # Updates of many variables at once, which nothing in the segment uses after them.
        self._updates = [node for node in path if isinstance(node.function, VariablesUpdate)]
        super().__init__(
            [node for node in path if node not in self._updates], inputs, functional=False
        )
        self._path = path
        # The last write of each variable, by its number; `_unread` are those whose outcome no op
        # call has asked for.
        self._writes: dict[int, tuple[Callable[[Any, Any], None], Any]] = {}
        self._unread: set[int] = set()

    def _run_node(self, node: Node) -> None:
        with tf.name_scope(scope_of(node)):
            if node.written:
                self._note_write(node)
            else:
                super()._run_node(node)

    def _note_write(self, node: Node) -> None:
        (number,) = node.written
        (_, value), _ = node.arguments(self._resolve)
        variable = self._inputs[number]
        value = tf.convert_to_tensor(value, dtype=variable.dtype)
        if not value.shape.is_fully_defined():
            value = tf.ensure_shape(value, variable.shape)  # the assignment must not fail
        function: Any = node.function
        self._writes[number] = (function, value)
        self._unread.add(number)
        if function is not assign and (
            number in self._states or not variable.shape.is_fully_defined()
        ):
            self._read_write(number)

    def _resolve(self, reference: Any) -> Any:
        if reference in self._unread:
            self._read_write(reference)
        return super()._resolve(reference)

    def _read_write(self, number: int) -> None:
        """Makes what a write leaves in its variable a value."""
        function, value = self._writes[number]
        states = self._states.setdefault(number, [self._inputs[number]])
        if function is not assign and not self._inputs[number].shape.is_fully_defined():
            # Refuses a value that would have to be broadcast, as the assignment would.
            value = tf.add_n([tf.zeros_like(states[-1]), value])
        # No gradient flows through an assignment, as none does in eager mode.
        states.append(tf.stop_gradient(WRITES[function](states[-1], value)))
        self._writes[number] = (assign, states[-1])
        self._unread.remove(number)

    def finish(self, outputs: Sequence[Any]) -> list[Any]:
        """Adds the assignments, after everything that may fail.

        Args:
            outputs: the graph tensors that the plan will return.

        Returns:
            Graph operations that must run although no output needs them: they may fail.
        """
        graph = tf.compat.v1.get_default_graph()
        doubtful = [operation for operation in graph.get_operations() if may_fail(operation)]
        targets = [*outputs, *(value for _, value in self._writes.values())]
        targets += [
            self.values[r] for update in self._updates for r in update.references()
            if type(r) is Output
        ]
        reached = needed_for(value.op for value in targets) if doubtful else set()
        # Where TensorFlow's gradient functions compute too much, eager mode does not.
        gradients = {scope_of(node) for node in self._path if node.function is gradient}
        lost = [
            operation for operation in doubtful
            if operation not in reached and operation.name.split("/", 1)[0] not in gradients
        ]
        with _after([operation for operation in doubtful if operation in reached] + lost):
            for number, (function, value) in self._writes.items():
                function(self._inputs[number], value)
            self._states.clear()
            self._unread.clear()
            for update in self._updates:
                self.failed = update
                with tf.name_scope(scope_of(update)):
                    super()._run_node(update)
            self.failed = None
        return lost


def _after(operations: list[Any]) -> Any:
    """Context manager: what is added inside waits for the graph operations."""
    if len(operations) > 1:
        with tf.control_dependencies(operations):
            operations = [tf.no_op()]
    return tf.control_dependencies(operations)


def scope_of(node: Node) -> str:
    """The name scope of an op call's operations."""
    return f"call_{node.depth}"
