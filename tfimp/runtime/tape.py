"""`GradientTape` on the history that `tf.gradients` uses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import tensorflow as tf

from tfimp.runtime.gradients import backpropagate
from tfimp.runtime.recording import call_op
from tfimp.runtime.segment import sync
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.thread import local
from tfimp.runtime.variable import Variable


class GradientTape:
    """Records what happens in its context, for gradients; as `tf.GradientTape`.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables count as watched.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches_variables = watch_accessed_variables
        self._watched: list[Any] = []
        # The serial numbers of the histories that count: [first, end), end None while recording.
        self._recorded: list[list[int | None]] = []
        self._used = False

    def __enter__(self) -> GradientTape:
        if self._is_recording:
            raise ValueError("Tape is still recording, This can happen if you try to "
                             "re-enter an already-active tape.")
        self._start()
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_recording:
            self._stop()

    @property
    def _is_recording(self) -> bool:
        return bool(self._recorded) and self._recorded[-1][1] is None

    def _start(self) -> None:
        sync()
        self._recorded.append([local.segment.serial, None])

    def _stop(self) -> None:
        # What follows in the open segment is not on the tape; so that a training step can be one
        # plan, the segment goes on and targets are told apart by their place in it.
        segment = local.segment
        self._recorded[-1][1] = segment.serial
        self._end_depth = segment.cursor.depth

    def _counts(self, history: Any) -> bool:
        serial = history.serial
        for first, end in self._recorded:
            assert first is not None
            if first <= serial and (end is None or serial <= end):
                return True
        return False

    def watch(self, tensor: Any) -> None:
        """Makes gradients with respect to a tensor, or a nest of them, possible."""
        for item in tf.nest.flatten(tensor):
            if isinstance(item, (Tensor, tf.Tensor, tf.Variable)):
                self._watched.append(item)
            else:
                raise ValueError(
                    f"Passed in object {item} of type {type(item).__name__!r}, not tf.Tensor "
                    "or tf.Variable or ExtensionType."
                )

    def reset(self) -> None:
        """Forgets what was recorded and what was watched."""
        recording = self._is_recording
        self._recorded = []
        self._watched = []
        if recording:
            self._start()

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Context manager: what happens inside is not recorded."""
        if not self._is_recording:
            raise RuntimeError(
                "Trying to exit(stop recording) a tape which is not recording."
            )
        sync()
        self._stop_before()
        try:
            yield
        finally:
            self._start()

    def _stop_before(self) -> None:
        self._recorded[-1][1] = local.segment.serial - 1

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that were watched explicitly."""
        return tuple(v for v in self._watched if isinstance(v, tf.Variable))

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None,
        unconnected_gradients: Any = tf.UnconnectedGradients.NONE,
    ) -> Any:
        """The gradients of `target` with respect to `sources`, in the nest of the sources.

        Raises:
            RuntimeError: on the second call of a tape that is not persistent.
        """
        if self._used and not self._persistent:
            raise RuntimeError("A non-persistent GradientTape can only be used to compute one "
                               "set of gradients (or jacobians)")
        self._used = True
        if self._is_recording and not self._persistent:
            self._stop()
        ys = tf.nest.flatten(target)
        xs = tf.nest.flatten(sources)
        grad_ys = None if output_gradients is None else tf.nest.flatten(output_gradients)
        usable = [i for i, y in enumerate(ys) if self._is_on_tape(y)]
        watched = [i for i, x in enumerate(xs) if self._may_differentiate(x)]
        found: list[Any] = [None] * len(xs)
        if usable and watched:
            gradients = backpropagate(
                [ys[i] for i in usable], [xs[i] for i in watched],
                None if grad_ys is None else [grad_ys[i] for i in usable], within=self._counts,
            )
            for i, gradient in zip(watched, gradients, strict=True):
                found[i] = gradient
        if tf.UnconnectedGradients(unconnected_gradients) is tf.UnconnectedGradients.ZERO:
            found = [call_op(tf.zeros_like, x) if g is None else g
                     for g, x in zip(found, xs, strict=True)]
        return tf.nest.pack_sequence_as(sources, found)

    def _is_on_tape(self, y: Any) -> bool:
        """Whether the target was computed, or at least there, while the tape recorded."""
        if type(y) is not Tensor or y._segment is None or self._is_recording:
            return True
        last = self._recorded[-1] if self._recorded else None
        if last is None or y._segment.serial != last[1]:
            return True
        node = getattr(y._output, "node", None)
        return node is None or node.depth <= self._end_depth

    def _may_differentiate(self, x: Any) -> bool:
        if any(x is watched for watched in self._watched):
            return True
        if isinstance(x, (Variable, tf.Variable)):
            return self._watches_variables and bool(x.trainable)
        return type(x) is Tensor and x._segment is not None and self._counts(x._segment)
