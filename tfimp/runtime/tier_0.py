"""One op call by tier 0: run at once by TensorFlow eager, with what has to be around it.

`Segment` decides that an op call is run; this file runs it. What is pending of a whole segment is
carried out by `executor`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Final

from tfimp.runtime.aside import native
from tfimp.runtime.forward_tape import own_tapes_paused
from tfimp.runtime.keys import Output
from tfimp.runtime.own_calls import WRITES, Differentiation, VariablesUpdate, gradient, request_of
from tfimp.runtime.replay import Replay, needed
from tfimp.runtime.tensorflow_internals import stop_tapes
from tfimp.runtime.thread import local
from tfimp.runtime.trace import Node

_NO_CONTEXT: Final = contextlib.nullcontext()


def tapes_for(
    segment: Any, child: Node | None, function: Callable[..., Any]
) -> contextlib.AbstractContextManager[None]:
    """The context in which an op call runs: what records it, and what must not see it.

    Args:
        segment: the open segment.
        child: the op call's node, if it was made before.
        function: what is called.
    """
    depth, tape = segment.cursor.depth, segment.tape
    differentiates = function is gradient or isinstance(function, Differentiation)
    expected = child is None or child.differentiated or bool(local.tapes)
    if tape is not None and tape.depth == depth and expected and not differentiates:
        recording: contextlib.AbstractContextManager[None] = tape.recording(segment, depth + 1)
        return recording
    if not local.tapes:
        return _NO_CONTEXT
    return own_tapes_paused() if differentiates else stop_tapes()


def run_eagerly(
    segment: Any, key: tuple[Any, ...], function: Callable[..., Any], args: Any, kwargs: Any
) -> Any:
    """Runs an op call; returns what TensorFlow does."""
    if function is gradient:
        return _run_gradient(segment, key)
    if function in WRITES:
        variable = args[0]
        variable.keep_version(variable.value_at(variable._version))
        return function(variable.native, native(args[1]))
    if isinstance(function, VariablesUpdate):
        for variable in args[0]:
            variable.keep_version(variable.value_at(variable._version))
    return function(*[native(arg) for arg in args],
                    **{name: native(arg) for name, arg in kwargs.items()})


def _run_gradient(segment: Any, key: tuple[Any, ...]) -> Any:
    """Takes a gradient from the segment's tape; without one runs all it depends on again."""
    request = request_of(Node(segment.cursor, key, len(segment.inputs)))
    for y in request.ys:
        if isinstance(y, Output):
            y.node.note_gradient()
    found = None if segment.tape is None else segment.tape.answer(segment, request)
    if found is not None:
        return found
    references = [*request.ys, *request.xs, *request.stop_gradients,
                  *(g for g in request.grad_ys if g is not None)]
    nodes = needed(segment.cursor.path(), references)
    used = {r for node in nodes for r in node.references()}.union(references)
    return Replay(nodes, segment.functional_inputs(used), functional=True).run(request)
