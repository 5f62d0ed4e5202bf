"""`GradientTape` on the history that `tf.gradients` uses.

Below each tape runs one of TensorFlow's own, which sees only what unmarked code does (a Keras
layer, a helper): tensors that cross into such code and come back keep their gradients.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.aside import is_aside, native
from tfimp.runtime.backpropagation import backpropagate
from tfimp.runtime.crossings import Crossing, back_from_unmarked
from tfimp.runtime.gradients import flat_targets, is_flat, rows_of_jacobian
from tfimp.runtime.history import tapes_that_ask
from tfimp.runtime.native import NativeCall, UnmarkedCalls
from tfimp.runtime.recording import call_op
from tfimp.runtime.segment import sync
from tfimp.runtime.sources import Sources, source_of
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import (
    EagerTensor,
    NativeTape,
    composite_gradients,
    gradient_parts,
    is_composite,
)
from tfimp.runtime.thread import NO_CROSSINGS, Crossings, local
from tfimp.runtime.variable import GuardedVariable, Variable

_NONE: Final = tf.UnconnectedGradients.NONE


class GradientTape:
    """Records what happens in its context, for gradients; as `tf.GradientTape`.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables count as watched.

    Attributes:
        native: TensorFlow's own tape below it.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches_variables = watch_accessed_variables
        self._watched: list[Any] = []
        self._accessed: dict[int, Any] = {}
        # The serial numbers of the histories that count: [first, end], end None while recording.
        self._recorded: list[list[int | None]] = []
        self._end_depth = 0
        self._used = False
        self.native: Any = None
        # What has been handed to unmarked code; and what had been when it last stopped.
        self._crossings: list[Crossings] = []
        self._crossed: tuple[Crossings, int] | None = None
        # Whether TensorFlow's own tape does all the work, since op calls go straight to it.
        self._steps_aside = False

    def __enter__(self) -> GradientTape:
        self._steps_aside = is_aside()
        if self._steps_aside:
            self.native = NativeTape(self._persistent, self._watches_variables)
            self.native.__enter__()
            return self
        if self._is_recording:
            raise ValueError("Tape is still recording, This can happen if you try to "
                             "re-enter an already-active tape.")
        self._start()
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._steps_aside:
            self.native.__exit__(exception_type, exception, traceback)
        elif self._is_recording:
            self._stop()

    @property
    def _is_recording(self) -> bool:
        return bool(self._recorded) and self._recorded[-1][1] is None

    def _start(self) -> None:
        sync()
        self._recorded.append([local.segment.serial, None])
        if self.native is None:
            self.native = NativeTape(
                persistent=True, watch_accessed_variables=self._watches_variables
            )
        self.native.__enter__()
        if not local.tapes:
            local.crossings = self._crossings[-1] if self._crossings else Crossings()
        if self not in local.crossings.tapes:
            local.crossings.tapes.add(self)
            self._crossings.append(local.crossings)
        local.tapes.append(self)
        tapes_that_ask.add(self)

    def _stop(self) -> None:
        # What follows in the open segment is not on the tape; so that a training step can be one
        # plan, the segment goes on and targets are told apart by their place in it.
        segment = local.segment
        self._recorded[-1][1] = segment.serial
        self._end_depth = segment.cursor.depth
        self.native.__exit__(None, None, None)
        local.tapes.remove(self)
        self._crossed = local.crossings, len(local.crossings)
        if not local.tapes:
            local.crossings = NO_CROSSINGS

    def counts(self, history: Any) -> bool:
        """Whether a segment, or the like, was recorded."""
        serial = history.serial
        for first, end in self._recorded:
            assert first is not None
            if first <= serial and (end is None or serial <= end):
                return True
        return False

    def note_access(self, variable: Any) -> None:
        """Notes that an op call uses a variable."""
        if self._watches_variables and variable.trainable:
            self._accessed[id(variable)] = variable

    def watch(self, tensor: Any) -> None:
        """Makes gradients with respect to a tensor, or a nest of them, possible.

        Of a composite tensor all parts are watched.

        Raises:
            ValueError: for anything else.
        """
        if self._steps_aside:
            self.native.watch(native(tensor))
            return
        for item in _with_parts(tensor):
            if not isinstance(item, (Tensor, tf.Tensor, tf.Variable)):
                raise ValueError(
                    f"Passed in object {item} of type {type(item).__name__!r}, not tf.Tensor "
                    "or tf.Variable or ExtensionType."
                )
            self._watched.append(item)
            if isinstance(item, tf.Variable):
                self._accessed[id(item)] = item
            if type(item) is not Tensor and self.native is not None:
                self.native.watch(native(item))

    def reset(self) -> None:
        """Forgets what was recorded and what was watched."""
        if self._steps_aside:
            self.native.reset()
            return
        recording = self._is_recording
        if recording:
            self._stop()
        self._recorded = []
        self._watched = []
        self._accessed = {}
        for crossings in self._crossings:
            crossings.tapes.discard(self)
        self._crossings = []
        self._crossed = None
        self.native = None
        if recording:
            self._start()

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Context manager: what happens inside is not recorded."""
        if self._steps_aside:
            with self.native.stop_recording():
                yield
            return
        if not self._is_recording:
            raise RuntimeError("Trying to exit(stop recording) a tape which is not recording.")
        sync()
        self._stop()
        self._recorded[-1][1] = local.segment.serial - 1
        try:
            yield
        finally:
            self._start()

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that were used or watched, in order."""
        own = dict(self._accessed)
        for variable in self.native.watched_variables() if self.native is not None else ():
            variable = getattr(variable, "tfimp_variable", variable)
            own.setdefault(id(variable), variable)
        return tuple(own.values())

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None,
        unconnected_gradients: Any = _NONE,
    ) -> Any:
        """The gradients of `target` with respect to `sources`, in the nest of the sources.

        Raises:
            RuntimeError: on the second call of a tape that is not persistent.
            TypeError: where `sources` is None.
        """
        if sources is None:
            raise TypeError("Argument `sources` should be a list or nested structure of Tensors "
                            "or Variables to be differentiated, but received None.")
        if self._steps_aside:
            return self.native.gradient(native(target), native(sources),
                                        native(output_gradients), unconnected_gradients)
        self._use()
        whole = sources if is_flat(sources) else tf.nest.flatten(sources)
        xs = whole if is_flat(whole) else gradient_parts(whole)
        ys = flat_targets(target)
        grad_ys = None if output_gradients is None else gradient_parts(
            tf.nest.flatten(output_gradients)
        )
        found = self._gradients(ys, xs, grad_ys)
        if not self._persistent:
            tapes_that_ask.discard(self)
        if unconnected_gradients is not _NONE and (
            tf.UnconnectedGradients(unconnected_gradients) is tf.UnconnectedGradients.ZERO
        ):
            found = [call_op(tf.zeros_like, x) if g is None else g
                     for g, x in zip(found, xs, strict=True)]
        if type(sources) is list and [*map(id, xs)] == [*map(id, sources)]:
            return found
        return tf.nest.pack_sequence_as(sources, composite_gradients(whole, found))

    def _use(self) -> None:
        if self._used and not self._persistent:
            raise RuntimeError("A non-persistent GradientTape can only be used to compute one "
                               "set of gradients (or jacobians)")
        self._used = True
        if self._is_recording and not self._persistent:
            self._stop()

    def _gradients(self, ys: list[Any], xs: list[Any], grad_ys: list[Any] | None) -> list[Any]:
        xs = list(map(source_of, xs))
        usable = [i for i, y in enumerate(ys) if self._is_on_tape(y)]
        watched = [i for i, x in enumerate(xs) if self._may_differentiate(x)]
        found: list[Any] = [None] * len(xs)
        if usable and watched:
            self._take(found, watched, usable, ys, xs, grad_ys)
        for i, x in enumerate(xs):
            # Of a source that is not watched no more is known than that it is a target itself.
            same = [n for n in usable if ys[n] is x] if i not in watched else []
            if same:
                self._take(found, [i], same, ys, xs, grad_ys)
        return found

    def _take(
        self, found: list[Any], sources: list[int], targets: list[int], ys: list[Any],
        xs: list[Any], grad_ys: list[Any] | None,
    ) -> None:
        """Puts the gradients of some targets by some sources, by number, where they are found."""
        gradients = backpropagate(
            [self._target(ys[i]) for i in targets], [xs[i] for i in sources],
            None if grad_ys is None else [grad_ys[i] for i in targets],
            within=self.counts, native_tape=self.native,
        )
        for i, gradient in zip(sources, gradients, strict=True):
            found[i] = gradient

    def _target(self, y: Any) -> Any:
        if not isinstance(y, EagerTensor):
            return y
        if self._is_recording or self._crossed is None:
            return back_from_unmarked(y)
        return back_from_unmarked(y, *self._crossed)

    def jacobian(
        self, target: Any, sources: Any, unconnected_gradients: Any = tf.UnconnectedGradients.NONE,
        parallel_iterations: int | None = None, experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobians of one tensor with respect to `sources`, in the nest of the sources.

        Returns:
            For each source a tensor of the shape of `target` followed by that of the source.
        """
        if self._steps_aside:
            return self.native.jacobian(native(target), native(sources), unconnected_gradients,
                                        parallel_iterations, experimental_use_pfor)
        self._use()
        xs = tf.nest.flatten(sources)
        zero = tf.UnconnectedGradients(unconnected_gradients) is tf.UnconnectedGradients.ZERO
        rows = rows_of_jacobian(
            target, lambda cotangent: self._gradients([target], xs, [cotangent])
        )
        found = [
            _stack_rows([row[i] for row in rows], [*target.shape.as_list(), *x.shape.as_list()],
                        x, zero)
            for i, x in enumerate(xs)
        ]
        return tf.nest.pack_sequence_as(sources, found)

    def batch_jacobian(
        self, target: Any, source: Any, unconnected_gradients: Any = tf.UnconnectedGradients.NONE,
        parallel_iterations: int | None = None, experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobian of each example of a batch.

        Args:
            target, source: tensors whose first dimension is the batch; an example of `target`
                depends on the same example of `source` only.

        Returns:
            A tensor of shape [batch, *target.shape[1:], *source.shape[1:]], or None.
        """
        if self._steps_aside:
            return self.native.batch_jacobian(native(target), native(source),
                                              unconnected_gradients, parallel_iterations,
                                              experimental_use_pfor)
        self._use()
        batch, *sizes = target.shape.as_list()
        inner = source.shape.as_list()[1:]
        zero = tf.UnconnectedGradients(unconnected_gradients) is tf.UnconnectedGradients.ZERO
        rows = rows_of_jacobian(
            target, lambda cotangent: self._gradients([target], [source], [cotangent]), batch=batch
        )
        flat = _stack_rows([row[0] for row in rows], [len(rows), batch, *inner], source, zero)
        if flat is None:
            return None
        order = [1, 0, *range(2, 2 + len(inner))]
        return call_op(tf.reshape, call_op(tf.transpose, flat, order), [batch, *sizes, *inner])

    def _is_on_tape(self, y: Any) -> bool:
        """Whether the target was computed, or at least there, while the tape recorded."""
        if type(y) is not Tensor or y._segment is None or self._is_recording:
            return True
        last = self._recorded[-1] if self._recorded else None
        if last is None or y._segment.serial != last[1]:
            # Of what closed segments computed later the walk finds out by itself.
            return last is None or y._segment is not local.segment
        node = getattr(y._output, "node", None)
        return node is None or node.depth <= self._end_depth

    def _may_differentiate(self, x: Any) -> bool:
        if self._watched and any(x is watched for watched in self._watched):
            return True
        cls = type(x)
        if cls is Tensor:
            return self._depends_on_watched(x)
        if cls is Variable or cls is GuardedVariable or isinstance(x, tf.Variable):
            return self._watches_variables and bool(x.trainable)
        return isinstance(x, EagerTensor) and self._depends_on_watched(self._target(x))

    def _depends_on_watched(self, x: Tensor) -> bool:
        """Whether a tensor was computed from something watched while the tape recorded.

        Of what depends on constants alone TensorFlow's tape knows nothing, and gives no gradient.
        """
        pending, seen = [x], {id(x)}
        while pending:
            tensor = pending.pop()
            history = tensor._segment
            if type(history) is Crossing:  # of which TensorFlow's tape knows whether it counts
                sources = Sources(self._watched).of_unmarked
                history = UnmarkedCalls([history], self.native, sources)
            elif history is None or not self.counts(history):
                continue
            for value in _inputs_of(tensor, history):
                if self._is_watched(value):
                    return True
                if type(value) is Tensor and id(value) not in seen:
                    seen.add(id(value))
                    pending.append(value)
        return False

    def _is_watched(self, value: Any) -> bool:
        """Whether what came into a segment is watched itself, or a reading of what is."""
        readings = [value]
        if type(value) is Tensor:
            readings += [value._value, getattr(value, "_source", None)]
        return any(
            any(reading is watched for watched in self._watched)
            or (self._watches_variables and isinstance(reading, tf.Variable) and reading.trainable)
            for reading in readings if reading is not None
        )


def _with_parts(values: Any) -> list[Any]:
    """What a nest holds, with all parts in the place of composite tensors."""
    flat: list[Any] = []
    for value in tf.nest.flatten(values):
        flat += tf.nest.flatten(value, expand_composites=True) if is_composite(value) else [value]
    return flat


def _inputs_of(tensor: Tensor, history: Any) -> list[Any]:
    """What a tensor depends on from outside its segment, as far as gradients can flow."""
    if not _passes_gradients(tensor.dtype):
        return []
    if isinstance(history, NativeCall):
        return history.connected_inputs(tensor._output.slot)
    if not history.inputs:
        return []
    wanted = {tensor._output}
    for node in reversed(tensor._output.node.path()):
        if node.function is not tf.stop_gradient and any(
            output in wanted and _passes_gradients(tf.as_dtype(output.seen[0]))
            for output in node.outputs
        ):
            wanted.update(node.references())
    inputs = [history.inputs[number] for number in wanted if isinstance(number, int)]
    return [value for value in inputs
            if (type(value) is Tensor or isinstance(value, tf.Variable))
            and _passes_gradients(value.dtype)]


def _passes_gradients(dtype: tf.DType) -> bool:
    """Whether TensorFlow's tape follows op calls through values of the dtype."""
    return bool(dtype.is_floating or dtype.is_complex)


def _stack_rows(rows: list[Any], shape: list[int], x: Any, zero: bool) -> Any:
    if all(row is None for row in rows):
        return call_op(tf.zeros, shape, x.dtype) if zero else None
    whole = [call_op(tf.zeros_like, x) if row is None else row for row in rows]
    return call_op(tf.reshape, call_op(tf.stack, whole), shape)
