"""`Session`: its `run` returns the values that tensors and variables have now."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, NoReturn

import numpy as np
import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.errors import user_frame
from tfimp.runtime.segment import sync
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import graph_stack
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.graph import Graph, current_graph, get_collection
from tfimp.runtime.version_1.operation import Operation, operation_of, refuse_feeds

_v1: Final = tf.compat.v1


class IndexedSlicesValue(NamedTuple):
    """What a session returns for `tf.IndexedSlices`."""

    values: Any
    indices: Any
    dense_shape: Any


class _Sessions(threading.local):
    """The sessions that a thread has made the default, the innermost last."""

    def __init__(self) -> None:
        self.stack: list[BaseSession] = []


_sessions = _Sessions()


class BaseSession:
    """What `Session` and `InteractiveSession` share.

    Args:
        target, config: as of TensorFlow's; without effect.
        graph: the graph whose variables are meant; a graph of TensorFlow's own gets a session of
            TensorFlow's own.
    """

    def __new__(cls, target: str = "", graph: Any = None, config: Any = None) -> Any:
        if graph_stack.stack or isinstance(graph, tf.Graph):
            return getattr(_v1, cls.__name__)(target, graph, config)
        return super().__new__(cls)

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        self._graph = graph or current_graph()
        self._closed = False

    @property
    def graph(self) -> Graph:
        """The graph whose variables are meant."""
        return self._graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None,
            run_metadata: Any = None) -> Any:
        """Carries out what is pending and returns the values of `fetches`.

        Args:
            fetches: a tensor, variable or op, or a nest of them (lists, tuples, named tuples,
                dictionaries).
            feed_dict: must be empty.
            options, run_metadata: without effect.

        Returns:
            The same nest, with NumPy values; None for an op.

        Raises:
            RuntimeError: if the session is closed, something is fed, or an op that changes
                something is run for the second time.
            TypeError: for what is neither a tensor nor an op.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        refuse_feeds(feed_dict)
        sync()
        return _value(fetches)

    def make_callable(self, fetches: Any, feed_list: Any = None,
                      accept_options: bool = False) -> Callable[..., Any]:
        """A function that runs `fetches`; nothing can be fed."""
        refuse_feeds(feed_list)
        return lambda *args, **kwargs: self.run(fetches)

    def partial_run(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Needs feeds, which there are not.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("A partial run continues with what is fed, and nothing can be: op calls "
                           "run as they are made. Compute the values one after the other.")

    partial_run_setup = partial_run

    def list_devices(self) -> list[Any]:
        """The devices of the process."""
        return list(tf.config.list_logical_devices())

    def close(self) -> None:
        """Ends the session; the variables stay."""
        self._closed = True

    @contextlib.contextmanager
    def as_default(self) -> Iterator[BaseSession]:
        """Makes it what `tf.get_default_session` returns."""
        _sessions.stack.append(self)
        try:
            yield self
        finally:
            _sessions.stack.remove(self)


class Session(BaseSession):
    """`tf.Session`: returns the values that tensors and variables have now."""

    def __enter__(self) -> Session:
        self._contexts = contextlib.ExitStack()
        self._contexts.enter_context(self._graph.as_default())
        self._contexts.enter_context(self.as_default())
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._contexts.close()
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Accepted; without effect."""


class InteractiveSession(BaseSession):
    """`tf.InteractiveSession`: the default session from the first, until it is closed."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._contexts = contextlib.ExitStack()
        self._contexts.enter_context(self._graph.as_default())
        self._contexts.enter_context(self.as_default())

    def close(self) -> None:
        """Ends the session; it is no longer the default one."""
        super().close()
        self._contexts.close()


def get_default_session() -> Any:
    """`tf.get_default_session`: the innermost session in use, or None."""
    if _sessions.stack:
        return _sessions.stack[-1]
    return _v1.get_default_session()


def _value(fetched: Any) -> Any:
    """The value of one fetch, or of a nest of them."""
    if isinstance(fetched, (list, tuple)):
        values = [_value(item) for item in fetched]
        if hasattr(fetched, "_fields"):
            return type(fetched)(*values)
        return values if isinstance(fetched, list) else tuple(values)
    if isinstance(fetched, Mapping):
        pairs = ((key, _value(item)) for key, item in fetched.items())
        return dict(pairs) if type(fetched) is dict else type(fetched)(pairs)  # type: ignore[call-arg]
    operation = operation_of(fetched)
    if operation is not None:
        operation.claim()
    if isinstance(fetched, (Tensor, tf.Tensor, tf.Variable)):
        return fetched.numpy()
    if fetched is None or isinstance(fetched, Operation):
        return None
    return _composite_value(fetched)


def _composite_value(fetched: Any) -> Any:
    if isinstance(fetched, tf.IndexedSlices):
        return IndexedSlicesValue(*(None if part is None else _value(part) for part in (
            fetched.values, fetched.indices, fetched.dense_shape)))
    if isinstance(fetched, tf.SparseTensor):
        return _v1.SparseTensorValue(*(np.asarray(native(part)) for part in (
            fetched.indices, fetched.values, fetched.dense_shape)))
    if isinstance(fetched, tf.RaggedTensor):
        values = fetched.values
        inner = _composite_value(values) if isinstance(values, tf.RaggedTensor) else _value(values)
        return _v1.ragged.RaggedTensorValue(inner, _value(fetched.row_splits))
    module = str(getattr(getattr(fetched, "func", fetched), "__module__", ""))
    if callable(fetched) and module.startswith("tensorflow"):
        return _value(fetched())  # a learning rate that decays: TensorFlow computes it when asked
    if isinstance(fetched, (str, bytes)):
        raise ValueError(
            f"Fetch argument {fetched!r} asks for a tensor by its name in a graph, and there is no "
            "graph: op calls run as they are made. Fetch the tensor itself."
        )
    raise TypeError(
        f"Fetch argument {fetched!r} has invalid type {type(fetched)}, must be a string or Tensor. "
        f"(Can not convert a {type(fetched).__name__} into a Tensor or Operation.)"
    )


class _Initializer(Operation):
    """The op that gives variables their first values. They have them from the first."""

    __slots__ = ("_variables",)

    def __init__(self, name: str, variables: Callable[[], list[Any]]) -> None:
        super().__init__(name, "NoOp", repeatable=True)
        self._variables = variables

    def claim(self) -> None:
        """Warns where a graph would set variables back that have been in use."""
        again = [v for v in self._variables() if getattr(v, "tfimp_initialized", False)]
        for variable in self._variables():
            if isinstance(variable, Variable):
                variable.tfimp_initialized = True
        if again:
            names = ", ".join(str(v.name) for v in again[:3])
            _warn(
                f"An initialiser is run again for {names}{', ...' if len(again) > 3 else ''}: "
                "variables get their first values when they are made, and keep what they hold. Use "
                "variable.assign to set one back."
            )


def _warn(message: str) -> None:
    """Warns of the user's line, as `warnings.warn` would if it could be told where that is.

    How many frames are in between depends on the nest of fetches.
    """
    frame = user_frame()
    if frame is not None:
        warnings.warn_explicit(
            message, UserWarning, frame.f_code.co_filename, frame.f_lineno,
            module=frame.f_globals.get("__name__"),
            registry=frame.f_globals.setdefault("__warningregistry__", {}),
        )


def global_variables_initializer() -> Operation:
    """`tf.global_variables_initializer`: variables are initialised when they are made."""
    return _Initializer("init", lambda: get_collection(_v1.GraphKeys.GLOBAL_VARIABLES))


def local_variables_initializer() -> Operation:
    """`tf.local_variables_initializer`: variables are initialised when they are made."""
    return _Initializer("init_local", lambda: get_collection(_v1.GraphKeys.LOCAL_VARIABLES))


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """`tf.variables_initializer`: variables are initialised when they are made."""
    variables = list(var_list)
    return _Initializer(name, lambda: variables)


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """`tf.tables_initializer`: tables are initialised when they are made."""
    return Operation(name, "NoOp", repeatable=True)


def report_uninitialized_variables(var_list: Any = None, name: str = "") -> Any:
    """`tf.report_uninitialized_variables`: there are none."""
    return tf.zeros([0], tf.string)


# What tensors and variables have of it ---------------------------------------------------------


def _evaluate(self: Any, feed_dict: Any = None, session: Any = None) -> Any:
    """The value now, as a NumPy array (a NumPy scalar for rank 0).

    Args:
        feed_dict: must be empty.
        session: without effect.
    """
    refuse_feeds(feed_dict)
    operation = operation_of(self)
    if operation is not None:
        operation.claim()
    return self.numpy()


def _evaluate_variable(self: Variable, session: Any = None) -> Any:
    """The value now, as a NumPy array (a NumPy scalar for rank 0)."""
    return self.numpy()


def _load(self: Variable, value: Any, session: Any = None) -> None:
    """Sets the variable."""
    self.assign(value)


def _initialized_value(self: Variable) -> Any:
    """The variable's value: it is initialised."""
    return self.read_value()


def _initializer(self: Variable) -> Operation:
    """The op that gives the variable its first value; it has it from the first."""
    return _Initializer(f"{self.name.split(':')[0]}/Assign", lambda: [self])


def install_session_methods() -> None:
    """Gives `Tensor` and `Variable` what they have of a session: `eval` and `load`."""
    Tensor.eval = _evaluate
    Variable.eval = _evaluate_variable
    Variable.load = _load
    Variable.initialized_value = _initialized_value
    Variable.initializer = property(_initializer)
