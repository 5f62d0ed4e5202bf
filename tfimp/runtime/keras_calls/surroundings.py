"""What a Keras call takes from the calls around it.

Keras keeps in global state whether the model around a layer is training, what it casts variables
to, and where variables are written. A call that is recorded may be run later, elsewhere: it gets
what it needs as arguments and sees nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from keras.src.backend.common import global_state
from keras.src.layers.layer import CallContext


def calling_context() -> Any:
    """What Keras knows of the layer call around this one; None if there is none."""
    return global_state.get_global_attribute("current_call_ctx")


def casts_to() -> Any:
    """The dtype to which variables are cast as they are read here; None if they are not."""
    scope = global_state.get_global_attribute("autocast_scope")
    return None if scope is None else scope.dtype


def is_stateless() -> bool:
    """Whether Keras's variables stand for values here."""
    return global_state.get_global_attribute("stateless_scope") is not None


def inherited_arguments(owner: Any, named: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a layer takes from the call around it, `training` above all.

    As Keras does, it leaves those that the layer is called with to the layers called after it.
    """
    context = calling_context()
    names = getattr(owner, "_call_context_args", ())
    if context is None or not names:
        return {}
    inherited = {}
    for name in names:
        if name in named:
            context.set_value(name, named[name])
            continue
        value = context.get_value(name)
        if value is not None:
            inherited[name] = value
        elif name in owner._call_signature.parameters:
            context.set_value(name, owner._call_signature.parameters[name].default)
    return inherited


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While it lasts, calls see nothing of the calls around them."""
    # An entry layer of its own would drop the losses that the layers in it have.
    alone = {"current_call_ctx": CallContext(entry_layer=None), "autocast_scope": None}
    kept = {name: global_state.get_global_attribute(name) for name in alone}
    for name, value in alone.items():
        global_state.set_global_attribute(name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            global_state.set_global_attribute(name, value)
