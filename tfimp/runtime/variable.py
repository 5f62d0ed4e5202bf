"""`Variable`: a real `tf.Variable` whose op calls are recorded.

It is made and initialised at once. Its pending writes are carried out before anyone else can
see its resource handle, so checkpoints, Keras and other unmarked code read what they should.
What records (operators, `assign`) is added by `tfimp.runtime.operators`. A `GuardedVariable` is
the same without them: what a variable of a Keras layer is from the time that its calls record.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from sys import getrefcount
from typing import Any

import tensorflow as tf

from tfimp.runtime.spec import VARIABLE, InputSpec, input_spec
from tfimp.runtime.tensorflow_internals import (
    ResourceVariable,
    VariableMetaclass,
    is_fast_path,
    read_handle,
    variable_on_handle,
)
from tfimp.runtime.thread import local

_closing = threading.RLock()
os.register_at_fork(after_in_child=_closing._at_fork_reinit)  # type: ignore[attr-defined]


class Version:
    """One state of a variable, between two writes.

    Histories hold the versions that they have read; when a version that somebody holds is about
    to be overwritten, its `value` (an eager tensor) is kept.
    """

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None


# The variables that live on resource handles, by the `id` of the handle.
_on_handles: weakref.WeakValueDictionary[int, GuardedVariable] = weakref.WeakValueDictionary()


class GuardedVariable(ResourceVariable):  # type: ignore[misc]
    """A variable that nobody reads or writes before what is pending for it is carried out."""

    SaveSliceInfo = tf.Variable.SaveSliceInfo

    @property
    def _handle(self) -> Any:
        # Whoever asks for the handle may read or write: what is pending comes first, and what
        # a history still needs of the present value is kept.
        segment = local.segment
        if segment is not None and id(self) in segment.known and not segment.running:
            segment.close()
        self.prepare_for_others()
        return self._bare_handle

    @_handle.setter
    def _handle(self, handle: Any) -> None:
        self._bare_handle = handle
        self._version = Version()
        # The open segment that writes it, if any.
        self.writer: Any = None
        self._native: Any = None
        self._spec: InputSpec | None = None
        _on_handles[id(handle)] = self

    def prepare_for_others(self) -> None:
        """Carries out what other threads will write and keeps what histories have read."""
        if self.writer is not None:
            self.carry_out_writes_of_others()
        if getrefcount(self._version) > _FREE:
            self.keep_version(read_handle(self._bare_handle, self.dtype))

    @property
    def native(self) -> Any:
        """A plain `tf.Variable` on the same resource, which records nothing."""
        native = self._native
        if native is None:
            native = self._native = variable_on_handle(
                self, self._bare_handle, self.trainable
            )
            native.tfimp_variable = self
        return native

    @property
    def spec(self) -> InputSpec:
        """The variable's spec as an input of a segment."""
        spec = self._spec
        if spec is None:
            shape = self._shape
            sizes = None if shape.rank is None else tuple(shape.as_list())
            dtype = (self.dtype.as_datatype_enum, self.trainable)
            spec = self._spec = input_spec(VARIABLE, dtype, sizes)
        return spec

    def carry_out_writes_of_others(self) -> None:
        """Has another thread's segment carried out if it writes the variable."""
        writer = self.writer
        if writer is None or writer.closing_thread == threading.get_ident():
            return  # a thread that waits below may be waiting for this one
        with _closing:  # of several threads that come here one does it, and the others wait
            writer = self.writer
            if writer is not None and writer is not local.segment and not writer.running:
                writer.close()
                self.writer = None

    def keep_version(self, value: Any) -> None:
        """Ends the present version; whoever holds it finds `value` (an eager tensor) in it."""
        self._version.value = value
        self._version = Version()

    def value_at(self, version: Version) -> Any:
        """The eager tensor that the variable held at `version`.

        Raises:
            RuntimeError: if a plan failed while it wrote the variable.
        """
        if version is self._version:
            return read_handle(self._bare_handle, self.dtype)
        if version.value is None:
            raise RuntimeError(
                f"What the variable {self.name!r} held for this gradient is lost: an op call "
                "failed while the variable was assigned."
            )
        return version.value

    def lose_version(self) -> None:
        """Ends the present version, whose value nobody knows any more."""
        self._version = Version()

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        copy = Variable(
            self.read_value(), trainable=self.trainable, constraint=self._constraint,
            dtype=self._dtype, name=self._shared_name,
        )
        memo[id(self)] = copy
        return copy


# Told of every new variable and of the collections that it was made for.
_when_made: list[Callable[[Any, Any], None]] = [lambda variable, collections: None]


def set_when_made(listener: Callable[[Any, Any], None]) -> None:
    """Has `listener` told of every new variable and of the collections that it was made for."""
    _when_made[0] = listener


class VariableType(VariableMetaclass):  # type: ignore[misc]
    """Makes `isinstance(v, tf.Variable)` hold in marked modules for every variable."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not tf.executing_eagerly() or tf.distribute.has_strategy():
            return tf.Variable(*args, **kwargs)
        variable = super().__call__(*args, **kwargs)
        _when_made[0](variable, kwargs.get("collections"))
        return variable

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, tf.Variable)


class RecordedVariable(GuardedVariable):
    """A variable that marked code made; what unmarked code computes from it is recorded too.

    The class of these and of no others, which `Variable` does not tell apart.
    """

    @property
    def _handle(self) -> Any:
        segment = local.segment
        if segment is not None and not segment.running and is_fast_path(sys._getframe(1)):
            return None  # so that the op is dispatched
        return GuardedVariable._handle.fget(self)  # type: ignore[attr-defined]

    @_handle.setter
    def _handle(self, handle: Any) -> None:
        GuardedVariable._handle.fset(self, handle)  # type: ignore[attr-defined]

    def __tf_tensor__(self, dtype: tf.DType | None = None, name: str | None = None) -> Any:
        if not local.tapes:
            local.converted = True
        return self._dense_var_to_tensor(dtype=dtype, name=name)


class Variable(RecordedVariable, metaclass=VariableType):
    """A variable of any shape and dtype; its arguments are those of `tf.Variable`."""


def guard(variable: Any) -> bool:
    """Has a resource variable that unmarked code made guarded from now on; False if it cannot be.

    It stays the object that it is, for all who hold it.
    """
    if type(variable) is ResourceVariable and "_handle" in vars(variable):
        handle = vars(variable).pop("_handle")
        variable.__class__ = GuardedVariable
        variable._handle = handle
    return isinstance(variable, GuardedVariable)


def prepare_for_others(handles: Iterable[Any]) -> None:
    """Prepares the variables on these handles for somebody who may read or write them."""
    for handle in handles:
        variable = _on_handles.get(id(handle))
        if variable is not None:
            variable.prepare_for_others()


# Classes of others whose objects stand for a variable (Keras's), and what an op call takes for one.
_stand_ins: dict[type, Callable[[Any], tuple[GuardedVariable, Any] | None]] = {}


def set_stand_in(
    cls: type, variable_in: Callable[[Any], tuple[GuardedVariable, Any] | None]
) -> None:
    """Has op calls take a variable for each object of the class.

    Args:
        variable_in: returns the variable and the dtype to which its value is cast, or None;
            None if the object does not stand for a variable here.
    """
    _stand_ins[cls] = variable_in


def variable_in(value: Any) -> tuple[GuardedVariable, Any] | None:
    """The variable for which an object stands, and the dtype to which it is cast, if it does."""
    find = _stand_ins.get(type(value))
    return None if find is None else find(value)


class _Probe:
    pass


def _measure_free() -> int:
    """The reference count, as `_handle` sees it, of a version that nobody else holds."""
    holder = _Probe()
    holder._version = Version()  # type: ignore[attr-defined]
    return getrefcount(holder._version)  # type: ignore[attr-defined]


_FREE = _measure_free()
