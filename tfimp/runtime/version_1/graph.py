"""`Graph`: the variables and collections of a program in TensorFlow 1's style.

Op calls run as they are made wherever a graph is the default one. What a graph has is names: the
variables of `get_variable`, which it holds, and all others, of which it only knows as long as
somebody else holds them.
"""

from __future__ import annotations

import contextlib
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.tensorflow_internals import graph_stack
from tfimp.runtime.variable import Variable, set_when_made

GraphKeys: Final = tf.compat.v1.GraphKeys


class _Scopes(threading.local):
    """The variable scope in which a thread is, and how often it has opened which."""

    def __init__(self) -> None:
        self.current: Any = None
        self.counts: dict[str, int] = {}


class Graph:
    """A set of variables and collections; `tf.Graph` in marked modules that use TensorFlow 1's
    names.

    Attributes:
        variables: those of `get_variable`, by name.
        scopes: where in the variable scopes each thread is.
        seed, finalized: as of TensorFlow's graphs; without effect.
    """

    building_function = False

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.scopes = _Scopes()
        self.seed: int | None = None
        self.finalized = False
        self._regularizers: dict[str, Callable[[Any], Any]] = {}
        self._collections: dict[str, list[Any]] = {}
        self._members: list[tuple[weakref.ref[Variable], frozenset[str]]] = []
        self._prune_at = 64
        self._lock = threading.Lock()
        self._names: dict[str, int] = {}
        self._tensorflow_scopes: list[Any] = []

    @contextlib.contextmanager
    def naming_slots(self) -> Iterator[None]:
        """While it lasts TensorFlow counts the names of an optimizer's slots for this graph."""
        scopes = tf.compat.v1.get_collection_ref(("__varscope",))
        outer = list(scopes)
        scopes[:] = self._tensorflow_scopes
        try:
            yield
        finally:
            self._tensorflow_scopes = list(scopes)
            scopes[:] = outer

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Makes it the graph to which variables and collections belong."""
        _graphs.stack.append(self)
        try:
            yield self
        finally:
            _graphs.stack.pop()

    def finalize(self) -> None:
        """Accepted; without effect."""
        self.finalized = True

    def device(self, name: Any) -> Any:
        """`tf.device`."""
        return tf.device(name)

    def name_scope(self, name: str) -> Any:
        """`tf.name_scope`."""
        return tf.name_scope(name)

    def unique_name(self, name: str) -> str:
        """The name, with a number if it is taken."""
        with self._lock:
            count = self._names.get(name, 0)
            self._names[name] = count + 1
            if not count:
                return name
            while f"{name}_{count}" in self._names:
                count += 1
            unique = f"{name}_{count}"
            self._names[name], self._names[unique] = count + 1, 1
            return unique

    # Variables and collections ----------------------------------------------------------------

    def add_variable(self, variable: Variable, collections: Any) -> None:
        """Notes a new variable, without holding it."""
        keys = {GraphKeys.GLOBAL_VARIABLES} if collections is None else set(collections)
        if variable.trainable:
            keys.add(GraphKeys.TRAINABLE_VARIABLES)
        with self._lock:
            self._members.append((weakref.ref(variable), frozenset(keys)))
            if len(self._members) > self._prune_at:
                self._members = [(r, keys) for r, keys in self._members if r() is not None]
                self._prune_at = max(64, 2 * len(self._members))

    def add_regularizer(self, name: str, regularizer: Callable[[Any], Any]) -> None:
        """Notes what a variable of `get_variable` adds to the regularisation losses."""
        self._regularizers[name] = regularizer

    def get_collection(self, name: str, scope: str | None = None) -> list[Any]:
        """The items of a collection, in the order in which they came.

        Args:
            name: the collection; regularisation losses are computed now, from the variables'
                present values.
            scope: a pattern that the names of the items must match at their beginning.
        """
        with self._lock:
            members = list(self._members)
        items = [reference() for reference, keys in members if name in keys]
        if name == GraphKeys.REGULARIZATION_LOSSES:
            items = [regularizer(self.variables[key])
                     for key, regularizer in self._regularizers.items()
                     if scope is None or re.match(scope, key)]
        found: dict[int, Any] = {}
        for item in [*items, *self._collections.get(name, ())]:
            if item is not None:
                found.setdefault(id(item), item)
        if scope is None or name == GraphKeys.REGULARIZATION_LOSSES:
            return list(found.values())
        pattern = re.compile(scope)
        return [item for item in found.values() if pattern.match(getattr(item, "name", "\n"))]

    def get_collection_ref(self, name: str) -> list[Any]:
        """The list of what the program has added to a collection."""
        return self._collections.setdefault(name, [])

    def add_to_collection(self, name: str, value: Any) -> None:
        """Adds to a collection, which holds the value from then on."""
        self.get_collection_ref(name).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Adds to several collections."""
        for name in [names] if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def clear_collection(self, name: str) -> None:
        """Drops what the program has added to a collection."""
        self._collections.pop(name, None)

    def clear(self) -> None:
        """Forgets everything, as a new graph."""
        self.__init__()  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(tf.Graph, name):
            raise AttributeError(f"'Graph' object has no attribute {name!r}")
        raise AttributeError(
            f"Graph.{name} asks for the ops of a graph, and there are none: op calls run as they "
            "are made. Keep tensors in Python's variables, and trace a function with tf.function "
            "where a graph is wanted."
        )


class _Graphs(threading.local):
    """The graphs that a thread has made the default, the innermost last."""

    def __init__(self) -> None:
        self.stack: list[Graph] = []


_graphs = _Graphs()
_outermost: Final = Graph()


def current_graph() -> Graph:
    """The graph to which new variables belong."""
    return _graphs.stack[-1] if _graphs.stack else _outermost


def get_default_graph() -> Any:
    """`tf.get_default_graph`."""
    return tf.compat.v1.get_default_graph() if graph_stack.stack else current_graph()


def reset_default_graph() -> None:
    """Forgets the variables and collections of the default graph.

    Raises:
        AssertionError: inside `with graph.as_default()`, in TensorFlow's words.
    """
    if _graphs.stack:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared "
            "graph, exit the nesting and create a new graph."
        )
    _outermost.clear()


def _note_variable(variable: Variable, collections: Any) -> None:
    current_graph().add_variable(variable, collections)


set_when_made(_note_variable)


def get_collection(key: str, scope: str | None = None) -> list[Any]:
    """`tf.get_collection` of the default graph."""
    return current_graph().get_collection(key, scope)


def get_collection_ref(key: str) -> list[Any]:
    """`tf.get_collection_ref` of the default graph: the list of what was added to it."""
    return current_graph().get_collection_ref(key)


def add_to_collection(name: str, value: Any) -> None:
    """`tf.add_to_collection` of the default graph."""
    current_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """`tf.add_to_collections` of the default graph."""
    current_graph().add_to_collections(names, value)


def _variables_in(key: str, doc: str) -> Callable[..., list[Any]]:
    def variables(scope: str | None = None) -> list[Any]:
        return get_collection(key, scope)

    variables.__doc__ = doc
    return variables


global_variables = _variables_in(GraphKeys.GLOBAL_VARIABLES, "`tf.global_variables`.")
local_variables = _variables_in(GraphKeys.LOCAL_VARIABLES, "`tf.local_variables`.")
model_variables = _variables_in(GraphKeys.MODEL_VARIABLES, "`tf.model_variables`.")
trainable_variables = _variables_in(GraphKeys.TRAINABLE_VARIABLES, "`tf.trainable_variables`.")
moving_average_variables = _variables_in(
    GraphKeys.MOVING_AVERAGE_VARIABLES, "`tf.moving_average_variables`."
)
