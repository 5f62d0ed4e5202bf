"""`ForwardAccumulator`: TensorFlow's own, which op calls of marked code in its context go to."""

from __future__ import annotations

import contextlib
from typing import Any

import tensorflow as tf

from tfimp.runtime.aside import aside, native
from tfimp.runtime.native import handed_back, handed_over
from tfimp.runtime.segment import sync
from tfimp.runtime.tensor import crossing


class ForwardAccumulator(tf.autodiff.ForwardAccumulator):  # type: ignore[misc]
    """`tf.autodiff.ForwardAccumulator`; op calls in its context go to TensorFlow at once."""

    def __init__(self, primals: Any, tangents: Any) -> None:
        super().__init__(handed_over(primals), handed_over(tangents))
        self._contexts: list[contextlib.ExitStack] = []

    def __enter__(self) -> Any:
        sync()
        with contextlib.ExitStack() as context:
            context.enter_context(aside(crossing))
            entered = super().__enter__()  # which raises if it is recording already
            self._contexts.append(context.pop_all())
        return entered

    def __exit__(self, *details: Any) -> None:
        with self._contexts.pop():
            super().__exit__(*details)

    def jvp(self, primals: Any, unconnected_gradients: Any = tf.UnconnectedGradients.NONE) -> Any:
        """The Jacobian-vector product of `primals`; as TensorFlow's."""
        return handed_back(super().jvp(native(primals), unconnected_gradients))
