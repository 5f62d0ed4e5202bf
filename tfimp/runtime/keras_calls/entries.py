"""What is known of each Keras object whose calls may be recorded."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import keras

from tfimp.runtime.keras_calls.op_calls import (
    KerasCall,
    OptimizerStep,
    Owner,
    step_variables,
    variables_of,
)
from tfimp.runtime.keras_calls.purity import (
    BOOKKEEPING,
    ByContent,
    can_be_told,
    is_built,
    parts_of,
    state_of,
)
from tfimp.runtime.thread import local
from tfimp.runtime.variable import GuardedVariable, guard

# So many states of its attributes are remembered of a layer (a `trainable` that is switched, say);
# one that shows more runs by itself.
MOST_STATES: Final = 8


class Entry:
    """What is known of a layer, loss, metric or optimizer.

    Attributes:
        calls: the op calls of its methods in its present state; None if it must run by itself.
        owner: answers with the object whose op calls these are.
        variables: the `tf.Variable`s that the op calls take.
        trained: the variables that an optimizer trains, as it was built with them.
        stale: whether an attribute was set since the object was looked at.
        may_have_losses: whether layers in it may hold losses of the last call.
    """

    __slots__ = (
        "_states", "_states_seen", "calls", "may_have_losses", "owner", "stale", "trained",
        "variables",
    )

    def __init__(self) -> None:
        self.calls: dict[Callable[..., Any], Any] | None = None
        self.owner: Owner = lambda: None
        self.variables: list[GuardedVariable] = []
        self.trained: list[Any] = []
        self.stale = True
        self.may_have_losses = True
        self._states: dict[Any, dict[Callable[..., Any], Any]] = {}
        self._states_seen = 0

    def call_of(self, owner: Any, method: Callable[..., Any]) -> Any:
        """The op call of a method; None if it must run by itself."""
        if self.stale:
            self._look_at(owner)
        if self.calls is None:
            return None
        call = self.calls.get(method)
        if call is None:
            kind = OptimizerStep if isinstance(owner, keras.optimizers.Optimizer) else KerasCall
            call = self.calls[method] = kind(self.owner, method)
        return call

    def note_change(self, value: Any) -> None:
        """Notes that an attribute is set to a value."""
        self.stale = True
        if not can_be_told(value):
            self._states = {}  # one of which may be of a value that was where this one is now

    def never_record(self) -> None:
        """Has the object run by itself from now on, whatever is set."""
        self.calls = None
        self._states = {}
        self._states_seen = MOST_STATES

    def _look_at(self, owner: Any) -> None:
        self.stale = False
        self.calls = None
        for part in parts_of(owner):
            known = _dependents.setdefault(part, [])
            if self not in known:
                known.append(self)
        self.owner = weakref.ref(owner)
        state = state_of(owner)
        if state is None or not is_built(owner):
            return
        values: list[Any] = (
            step_variables(owner) if isinstance(owner, keras.optimizers.Optimizer)
            else [getattr(variable, "_value", None) for variable in variables_of(owner)]
        )
        if not all(guard(value) for value in values):
            return
        self.variables = values
        self.trained = list(getattr(owner, "_trainable_variables", ()))
        if isinstance(owner, keras.losses.Loss):
            # Programs make them where they use them, a new one at each step.
            with contextlib.suppress(TypeError):
                self.owner, self.calls = _calls_of_equals(ByContent(owner))
                return
        self.calls = self._states.get(state)
        if self.calls is None:
            if self._states_seen >= MOST_STATES:
                return
            self._states_seen += 1
            self.calls = self._states[state] = {}


@lru_cache(maxsize=256)
def _calls_of_equals(by_content: ByContent) -> tuple[Owner, dict[Callable[..., Any], Any]]:
    """The op calls of all objects of equal content, and one of those objects."""
    return lambda: by_content.owner, {}


_entries: weakref.WeakKeyDictionary[Any, Entry] = weakref.WeakKeyDictionary()

# Which entries depend on an object: its own, and those of the models that it is part of.
_dependents: weakref.WeakKeyDictionary[Any, list[Entry]] = weakref.WeakKeyDictionary()


def entry_of(owner: Any) -> Entry:
    """What is known of an object."""
    entry = _entries.get(owner)
    if entry is None:
        entry = _entries[owner] = Entry()
    return entry


def noting_changes(original: Callable[..., None]) -> Callable[..., None]:
    """A class's `__setattr__` that has what depends on the object looked at anew."""

    def __setattr__(self: Any, name: str, value: Any) -> None:
        if name not in BOOKKEEPING:
            entries = _dependents.get(self, ())
            if entries:
                if local.segment is not None and any(not entry.stale for entry in entries):
                    local.segment.close()  # what was recorded computes with what was set then
                for entry in entries:
                    entry.note_change(value)
        original(self, name, value)

    return __setattr__
