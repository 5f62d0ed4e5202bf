"""The open segment: the op calls that a thread made since its last sync point.

This is the hot path. An op call is looked up in the trace tree; where a plan has been through
the node, nothing runs: a `Tensor` is made and the cursor moves on. Otherwise tier 0 runs the
op call at once.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any

import tensorflow as tf

from tfimp.runtime import executor, rewritten
from tfimp.runtime.aside import native
from tfimp.runtime.counters import counters
from tfimp.runtime.errors import user_location
from tfimp.runtime.forward_tape import ForwardTape
from tfimp.runtime.generalise import generalised_key, is_exhausted, note_new_key
from tfimp.runtime.history import Dropped, extend_history, is_wanted
from tfimp.runtime.inputs import Inputs, Sealed, Unrecordable, argument_at, place_of
from tfimp.runtime.native import call_native
from tfimp.runtime.own_calls import WRITES, Differentiation, VariablesUpdate, gradient
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import (
    EagerTensor,
    graph_stack,
)
from tfimp.runtime.thread import Thread, local, serials, set_segment_class
from tfimp.runtime.tier_0 import run_eagerly, tapes_for
from tfimp.runtime.trace import LONGEST_SEGMENT, NO_CHILDREN, Node, lock, result_tensors, tree
from tfimp.runtime.variable import GuardedVariable

_new_tensor = Tensor.__new__


class Segment(Inputs):
    """The op calls between two sync points; after them, the history that gradients need.

    Attributes:
        cursor: the node of the last op call; `children` is that node's.
        produced: the tensors that the op calls returned; None once closed.
        deferring: whether its op calls wait to be carried out.
        running: whether TensorFlow is running one of its op calls now.
        serial: grows with each segment.
        differentiable: once closed, whether a gradient may ask for it.
        step: the step that it belongs to, if any.
        dropped: why a gradient through it is refused, if it is.
        error: what carrying it out raised.
        seconds: time that tier 0 spent on it.
        tape: what records its op calls in tier 0, where gradients are to be expected.
        unclosed: holds one item until a thread begins to close it, which is `closing_thread`.
        owners: by `id` the objects whose op calls it has, as far as these do not hold them.
        products: the closed segments that its vector-Jacobian products are about, by the depth of
            the product's op call.
        history_length, prune_at: see `tfimp.runtime.history`.
    """

    __slots__ = (
        "__weakref__", "children", "closing_thread", "cursor", "deferring", "differentiable",
        "dropped", "error", "history_length", "owners", "produced", "products", "prune_at",
        "running", "seconds", "serial", "step", "tape", "unclosed",
    )

    def __init__(self) -> None:
        super().__init__()
        # Of the root the children are looked up by `record`, since it may have none as yet.
        self.cursor: Node = tree.root
        self.children = NO_CHILDREN
        self.produced: list[Tensor] = []
        self.deferring = True
        self.running = False
        self.serial = next(serials)
        self.differentiable = False
        self.step = local.step
        self.dropped: Dropped | None = None
        self.error: BaseException | None = None
        self.seconds = 0.0
        self.history_length = 0
        self.prune_at = 0
        self.tape: ForwardTape | None = None
        self.unclosed = [True]
        self.closing_thread = 0
        self.owners: dict[int, Any] = {}
        self.products: dict[int, Segment] = {}

    def forget_inputs(self) -> None:
        """Takes back the inputs of an op call that was not recorded."""
        self.forget_after(self.cursor.end_input)

    # Recording -----------------------------------------------------------------------------

    def record(
        self, key: tuple[Any, ...], child: Node | None, function: Callable[..., Any], args: Any,
        kwargs: Any,
    ) -> Any:
        """Records an op call that no plan carries out, as far as the fast path can tell.

        What tier 0 has run before it runs again here, as a method of its own would be one frame
        more: TensorFlow looks up the line of each frame on the stack for each op.

        Args:
            key: the op call.
            child: its node, if there is one among `children`.
            function: what to call.
            args, kwargs: its arguments.
        """
        tape = self.tape
        if child is None or self.deferring or not child.repeatable or (
            local.tapes if tape is None else tape.depth != child.depth - 1 or not (
                child.differentiated or local.tapes
            )
        ):
            return self._record(key, child, function, args, kwargs)
        if tape is not None:
            tape.start(self)
        self.running = True
        began = perf_counter()
        try:
            if kwargs:
                kwargs = {name: native(arg) for name, arg in kwargs.items()}
            result = function(*map(native, args), **kwargs)
        except BaseException:
            self.forget_inputs()
            raise
        finally:
            self.running = False
            if tape is not None:
                tape.stop()
        self.seconds += perf_counter() - began
        counters.calls_run_by_tier_0 += 1
        if tape is not None:
            tape.depth = child.depth
        if child.location is None:
            child.location = user_location()
        self.cursor = child
        self.children = child.children
        tensor = _new_tensor(Tensor)
        tensor._segment = self
        tensor._output = child.output
        tensor._value = result
        self.produced.append(tensor)
        if child.depth >= LONGEST_SEGMENT:
            self.close()
        return tensor

    def _record(
        self, key: tuple[Any, ...], child: Node | None, function: Callable[..., Any], args: Any,
        kwargs: Any,
    ) -> Any:
        """Records an op call that is new, that waits, or that is more than one tensor computed."""
        if self.produced is None:  # another thread closed it to fetch from it
            self.forget_inputs()
            local.segment = Segment()
            return call_recorded(key[0], args, kwargs, function)
        if child is None:
            children = self.cursor.children
            if self.children is not children:  # at the root, and where there was no child so far
                child = children.get(key)
            if child is None and self.cursor.patterns:
                key = generalised_key(self, key)
                child = children.get(key)
            if child is not None and not self.deferring:
                return self.record(key, child, function, args, kwargs)
        if child is None:
            return self._run(key, child, function, args, kwargs)
        if child.returned is not None:
            self.forget_inputs()
            return argument_at(args, kwargs, child.returned)
        if not child.compiled or not self.deferring:
            return self._run(key, child, function, args, kwargs)
        rewritten.recording = True
        result = self.advance(child)
        if child.depth >= LONGEST_SEGMENT:
            self.close()
        return result

    def leave_out(
        self, reason: Unrecordable, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """Makes an op call that has no key here: in the next segment, or natively."""
        self.forget_inputs()
        if isinstance(reason, Sealed):
            self.close()
            return call_recorded(function, args, kwargs)
        return call_native(function, args, kwargs)

    def advance(self, child: Node) -> Any:
        """Moves the cursor over an op call that a plan will carry out; returns its result."""
        self.cursor = child
        self.children = child.children
        tensors = []
        for output in child.outputs:
            tensor = _new_tensor(Tensor)
            tensor._segment = self
            tensor._output = output
            tensor._value = None
            self.produced.append(tensor)
            tensors.append(tensor)
        return child.pack(tensors)

    def _run(
        self, key: tuple[Any, ...], child: Node | None, function: Callable[..., Any],
        args: Any, kwargs: Any,
    ) -> Any:
        """Runs an op call at once, after those that wait, and remembers it in the tree."""
        if function in executor.at_once or (
            child is not None and child.refused and function is not gradient
            and not isinstance(function, Differentiation)  # whose sources may be hidden in it
        ):
            self.forget_inputs()
            return call_native(function, args, kwargs)
        if child is None and self.cursor.patterns and is_exhausted(self.cursor, key):
            self.forget_inputs()
            return call_native(function, args, kwargs, only_computes=True)
        if self.deferring:
            if self.cursor is not tree.root:
                executor.run_pending(self)
            elif local.tapes or (child is not None and child.differentiated):
                self.tape = ForwardTape()
            self.deferring = False
        rewritten.recording = True
        began = perf_counter()
        self.running = True
        try:
            with tapes_for(self, child, function):
                result = run_eagerly(self, key, function, args, kwargs)
        except BaseException:
            self.forget_inputs()
            raise
        finally:
            self.running = False
        self.seconds += perf_counter() - began
        counters.calls_run_by_tier_0 += 1
        if child is None:
            returned = place_of(result, args, kwargs)
            if returned is not None and function not in WRITES:
                self._note_returned(key, returned)
                return argument_at(args, kwargs, returned)
            child = self._new_child(key, function, args, result)
            if child is None:
                self.forget_inputs()
                return call_native(function, args, kwargs)
        elif child.location is None:
            # On the second visit: a program that runs once need not pay for it.
            child.location = user_location()
        tensors = [result] if child.output is not None else result_tensors(result)
        packed = self.advance(child)
        produced = self.produced
        for tensor, value in zip(produced[len(produced) - len(tensors):], tensors, strict=True):
            tensor._value = value
        if child.depth >= LONGEST_SEGMENT:
            self.close()
        return packed

    def _new_child(
        self, key: tuple[Any, ...], function: Callable[..., Any], args: Any, result: Any
    ) -> Node | None:
        with lock:
            return self._add_child(key, function, args, result)

    def _add_child(
        self, key: tuple[Any, ...], function: Callable[..., Any], args: Any, result: Any
    ) -> Node | None:
        pattern = None
        if key not in self.cursor.children:
            pattern = note_new_key(self, key)
            if pattern is not None:
                key = generalised_key(self, key)
        other = self.cursor.children.get(key)
        if other is not None:
            return other  # from another thread, meanwhile
        child = Node(self.cursor, key, len(self.inputs))
        if not child.describe_result(result, _is_eager):
            executor.at_once.add(key[0])
            return None
        if pattern is not None:
            child.seconds_lost = pattern.seconds_lost
        if function in WRITES:
            child.written = (next(n for n in child.references() if isinstance(n, int)),)
        elif isinstance(function, VariablesUpdate):
            numbers = (n for n in child.references() if isinstance(n, int))
            child.written = tuple(itertools.islice(numbers, len(args[0])))
        child.writes = child.writes or bool(child.written)
        child.repeatable = child.output is not None and not child.written and not (
            function is gradient or isinstance(function, Differentiation)
        )
        tree.add(child)
        return child

    def _note_returned(self, key: tuple[Any, ...], place: int | str) -> None:
        """Remembers that an op call returns one of its arguments, and forgets that it was made."""
        with lock:
            child = Node(self.cursor, key, len(self.inputs))
            child.returned = place
            tree.add(child)
        self.forget_inputs()
        if self.tape is not None:
            self.tape.depth = min(self.tape.depth, self.cursor.depth)

    def functional_inputs(self, numbers: Any) -> dict[int, Any]:
        """The inputs with these numbers, with variables as the values that they had on entry."""
        return {number: self._functional_input(number)
                for number in numbers if isinstance(number, int)}

    def _functional_input(self, number: int) -> Any:
        value = self.inputs[number]
        if isinstance(value, GuardedVariable):
            return value.value_at(self.versions[number])
        return executor.eager_input(value, self.feeds[number])

    # Sync points ---------------------------------------------------------------------------

    def fetch(self) -> None:
        """Ends the segment because a value of it is asked for."""
        counters.fetches += 1
        self.close()

    def close(self) -> None:
        """Ends the segment and carries out what is pending.

        Raises:
            Whatever TensorFlow raises for an op call of it.
        """
        if self.cursor is tree.root:
            return
        if local.segment is self:
            local.segment = Segment()
            rewritten.recording = Thread.several
        if self.produced is None:
            return  # another thread closed it to fetch from it
        try:
            self.unclosed.pop()  # which one thread alone can do
            self.closing_thread = threading.get_ident()
        except IndexError:
            self._wait_until_closed()
            return
        except BaseException:  # Ctrl-C, which comes after what was called has returned
            self.unclosed.append(True)
            raise
        try:
            if self.dropped is None and not is_wanted(self):
                self.dropped = Dropped.UNWANTED
            with tf.init_scope() if graph_stack.stack else _NO_CONTEXT:
                executor.carry_out(self)
        finally:
            if self.cursor.writes:
                self._release_written()
            if self.tape is not None:
                self.tape.results = [tensor._value for tensor in self.produced]
            self.known = {}
            self.produced = None  # type: ignore[assignment]
            self.children = NO_CHILDREN
            if not self.differentiable:
                self.drop_history()
            else:
                extend_history(self)
                if self.step is not None:
                    self.step.add(self)

    def _wait_until_closed(self) -> None:
        # Code that runs while this thread closes the segment must not wait for itself.
        while self.produced is not None and self.closing_thread != threading.get_ident():
            sleep(0.0001)

    def _release_written(self) -> None:
        for number in self.versions:
            variable = self.inputs[number]
            if variable.writer is self:
                variable.writer = None

    def drop_history(self) -> None:
        """Forgets what only a gradient could ask for."""
        self.differentiable = False
        self.history_length = 0
        self.tape = None
        self.owners = {}
        self.products = {}
        self.inputs = []
        self.feeds = []
        self.versions = {}

    def late_value(self, tensor: Tensor) -> Any:
        """The value of a tensor that has none although it was asked for in its turn."""
        if self.produced is not None and self is not local.segment:
            self.close()  # the open segment of another thread
        if tensor._value is not None:
            return tensor._value
        if self.error is not None:
            raise self.error
        raise RuntimeError("tfimp lost the value of a tensor; this is an error in tfimp")


_NO_CONTEXT = contextlib.nullcontext()


def _is_eager(value: Any) -> bool:
    return isinstance(value, EagerTensor)


def call_recorded(
    function: Callable[..., Any], args: Any, kwargs: Any,
    run_by: Callable[..., Any] | None = None,
) -> Any:
    """Records an op call from its arguments.

    Args:
        run_by: what tier 0 calls in the place of `function`, if anything.
    """
    segment = local.segment
    key: list[Any] = [function]
    try:
        for value in args:
            segment.extend_key(key, value)
        for name, value in kwargs.items():
            key.append(name)
            segment.extend_key(key, value)
    except Unrecordable as reason:
        return segment.leave_out(reason, function, args, kwargs)
    found = tuple(key)
    return segment.record(found, segment.children.get(found), run_by or function, args, kwargs)


def sync() -> None:
    """Carries out what this thread has pending."""
    segment = local.segment
    if segment is not None:
        segment.close()


set_segment_class(Segment)
