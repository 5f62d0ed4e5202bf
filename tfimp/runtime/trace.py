"""The trace tree: the prefix tree of all segments seen.

An edge is an op call, written as its key; a node remembers what the op call returned. Two
segments that made the same op calls so far stand at the same node.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.counters import counters
from tfimp.runtime.keys import Decoder, InputNumbers, Output, new_inputs
from tfimp.runtime.spec import InputSpec, Repeat

# Segments are cut here: TensorFlow's graph optimiser takes more than linear time on long chains.
LONGEST_SEGMENT: Final = 400

# Stands for the children of a node that has none, which is most of them in a program that runs
# once: a dictionary less to make, and less for the garbage collector to walk.
NO_CHILDREN: Final[dict[tuple[Any, ...], Any]] = {}


class Ending:
    """What is known of the segments that end at a node.

    Attributes:
        visits: how often one ended here in tier 0.
        seconds_lost: time spent on them in tier 0, beyond the first visit.
        seconds_of_first_visit: the time that the first visit took.
        plans: by the slots that they compute and whether they keep versions of variables.
        widened: whether so many sets of results were wanted that plans compute all of them.
        products: vector-Jacobian products, by the results and inputs that they are about.
        before: the last op call's key of the segment that came before in the first walk of a
            gradient; `varies` says whether there were others since.
    """

    __slots__ = (
        "before", "plans", "products", "seconds_lost", "seconds_of_first_visit", "varies",
        "visits", "widened",
    )

    def __init__(self, seconds_lost: float = 0.0) -> None:
        self.visits = 0
        self.seconds_lost = seconds_lost
        self.seconds_of_first_visit = 0.0
        self.plans: dict[tuple[tuple[int, ...], bool], Any] = {}
        self.products: dict[Any, Any] = {}
        self.before: tuple[Any, ...] | None = None
        self.varies = False
        self.widened = False


class Node:
    """One op call after a given prefix of op calls.

    Attributes:
        key: the op call; its first element is the function.
        hot: a plan goes through here, so the op call need not be run when it is recorded.
        compiled: as `hot`; `hot` is off where the recorder must look up (first and last node).
        structure: what the call returns, with an Output for each tensor.
        is_list: whether that is a list of tensors and nothing else.
        output: the Output if it returns a single tensor, else None.
        first_input, end_input: which inputs of the segment this op call is the first to use.
        written: the input numbers of the variables that it writes.
        writes: whether a variable is written on the path up to here.
        ending: what is known of the segments that end here; None if none has.
        patterns: for op calls that may follow and that differ in values only, see `generalise`.
        work: what compiling up to here costs, in op calls: a gradient counts for many.
        differentiated: whether gradients were asked for of what it returns, or of what follows it.
        repeatable: whether the op call returns one tensor, writes nothing and is no gradient.
        returned: which argument (by place or name) the op call returns as it is, if it does so;
            such an op call is left out of the trace.
        refused: whether the op call could not be part of a plan, so that it runs when it is made.
        seconds_lost: what tier 0 had spent on traces that this op call's has replaced, until a
            segment ends below it.
        location: file and line of the user's code that made the op call, on its second visit.
    """

    __slots__ = (
        "children", "compiled", "depth", "differentiated", "end_input", "ending", "first_input",
        "forms", "function", "hot", "is_list", "key", "last_use", "location", "output", "outputs",
        "parent", "patterns", "refused", "repeatable", "returned", "seconds_lost",
        "slots", "structure", "work", "writes", "written",
    )

    def __init__(self, parent: Node | None, key: tuple[Any, ...], end_input: int = 0) -> None:
        self.parent = parent
        self.key = key
        self.function: Callable[..., Any] | None = key[0] if key else None
        self.children: dict[tuple[Any, ...], Node] = NO_CHILDREN
        self.hot = False
        self.compiled = False
        self.structure: Any = None
        self.is_list = False
        self.output: Output | None = None
        self.outputs: tuple[Output, ...] = ()
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.work: int = 0 if parent is None else parent.work + getattr(self.function, "work", 1)
        self.first_input: int = 0 if parent is None else parent.end_input
        self.end_input: int = end_input
        self.slots: int = 0 if parent is None else parent.slots
        self.written: tuple[int, ...] = ()
        self.writes: bool = parent is not None and parent.writes
        self.differentiated = False
        self.refused = False
        self.repeatable = False
        self.returned: int | str | None = None
        self.seconds_lost = 0.0
        self.last_use = 0
        self.ending: Ending | None = None
        self.forms: dict[tuple[Any, ...], list[tuple[Any, ...]]] | None = None
        self.patterns: dict[tuple[Any, ...], Any] | None = None
        self.location: tuple[str, int] | None = None
        counters.trace_nodes += 1

    def __del__(self, counters: Any = counters) -> None:  # bound, for the interpreter's exit
        counters.trace_nodes -= 1

    def describe_result(self, result: Any, is_tensor: Callable[[Any], bool]) -> bool:
        """Sets `structure` and `outputs` from what the call returned.

        Returns:
            False if the result holds something that is neither a tensor nor None, so that it
            cannot be remembered.
        """
        if is_tensor(result):
            output = Output(self, self.slots, result)
            self.structure = self.output = output
            self.outputs = (output,)
            self.slots += 1
            return True
        outputs: list[Output] = []
        for item in result_tensors(result):
            if not is_tensor(item):
                return False
            outputs.append(Output(self, self.slots + len(outputs), item))
        remaining = iter(outputs)
        self.structure = map_tensors(lambda _: next(remaining), result)
        self.is_list = type(self.structure) is list and self.structure == outputs
        self.outputs = tuple(outputs)
        self.slots += len(outputs)
        return True

    def add_child(self, key: tuple[Any, ...], child: Node) -> None:
        """Adds an op call that may follow."""
        if self.children is NO_CHILDREN:
            self.children = {}
        self.children[key] = child

    def drop_children(self) -> None:
        """Forgets every op call that may follow."""
        self.children = NO_CHILDREN
        self.patterns = self.forms = None

    def pack(self, tensors: list[Any]) -> Any:
        """The call's result, with a tensor in the place of each Output."""
        if self.output is not None:
            return tensors[0]
        if self.structure is None:
            return None
        if self.is_list:
            return tensors
        return _filled(self.structure, iter(tensors))

    def path(self) -> list[Node]:
        """The nodes from the first op call to this one."""
        nodes: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            nodes.append(node)
            node = node.parent
        nodes.reverse()
        return nodes

    def descendants(self) -> Iterator[Node]:
        """The nodes below, each before those below it."""
        # Iterative: a path may be longer than Python's stack.
        stack = [*self.children.values()]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.children.values())

    def note_gradient(self) -> None:
        """Notes that gradients are asked for of what this op call returns."""
        node: Node | None = self
        while node is not None and not node.differentiated:
            node.differentiated = True
            node = node.parent

    def take_seconds_lost(self) -> float:
        """What tier 0 had spent on traces that the path to here has replaced; once."""
        path = self.path()
        seconds = sum(node.seconds_lost for node in path)
        for node in path:
            node.seconds_lost = 0.0
        return seconds

    def input_specs(self) -> list[InputSpec]:
        """The specs of this op call's new inputs, in the order of their numbers."""
        first, then = new_inputs(self.key)
        return [*first, *then]

    def references(self) -> Iterator[Output | int]:
        """The results and (by number) inputs that this op call uses, in key order."""
        numbers = InputNumbers(self.key, self.first_input)
        for part in self.key:
            if type(part) is Output:
                yield part
            elif type(part) is Repeat:
                yield part.index
            elif type(part) is InputSpec:
                yield numbers.next(part)

    def arguments(
        self, resolve: Callable[[Output | int], Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The call's arguments, with `resolve` applied to each result or input that they hold."""
        return Decoder(self.key, self.first_input, resolve).decode()


def _filled(structure: Any, tensors: Iterator[Any]) -> Any:
    """A result's structure with tensors in the places of its outputs, in the order of a nest's."""
    cls = type(structure)
    if cls is Output:
        return next(tensors)
    if structure is None:
        return None
    if cls is list:
        return [_filled(item, tensors) for item in structure]
    if cls is tuple:
        return tuple([_filled(item, tensors) for item in structure])
    if cls is dict:
        items = {name: _filled(structure[name], tensors) for name in sorted(structure)}
        return {name: items[name] for name in structure}
    return map_tensors(lambda _: next(tensors), structure)


def map_tensors(function: Callable[[Any], Any], result: Any) -> Any:
    """A nest with `function` applied to each tensor in it, those of indexed slices included."""

    def one(item: Any) -> Any:
        if item is None:
            return None
        if isinstance(item, tf.IndexedSlices):
            return tf.IndexedSlices(
                function(item.values), function(item.indices), function(item.dense_shape)
            )
        return function(item)

    return tf.nest.map_structure(one, result)


def result_tensors(result: Any) -> list[Any]:
    """The tensors in a nest, in the order in which `map_tensors` meets them."""
    tensors: list[Any] = []
    if result is None:
        return tensors
    for item in tf.nest.flatten(result):
        if isinstance(item, tf.IndexedSlices):
            tensors += [item.values, item.indices, item.dense_shape]
        elif item is not None:
            tensors.append(item)
    return tensors


class Tree:
    """The trace tree of the process, with its bound.

    Attributes:
        size: how many op calls it holds, or more where some were dropped since it was pruned. (Not
            how many there are: what was dropped goes when Python next collects its garbage.)
        clock: grows with each segment that ends.
    """

    MOST_NODES: Final = 50_000

    def __init__(self) -> None:
        self.root = Node(None, ())
        self.size = 0
        self.clock = 0

    def add(self, child: Node) -> None:
        """Adds an op call behind its parent."""
        assert child.parent is not None
        child.parent.add_child(child.key, child)
        self.size += 1

    def prune(self) -> list[Node]:
        """Drops the half of the traces that was used longest ago, if the tree is full.

        Returns:
            What was dropped.
        """
        nodes = list(self.root.descendants())
        self.size = len(nodes)
        if self.size <= self.MOST_NODES:
            return []
        last_uses = sorted(node.last_use for node in nodes if not node.children)
        last_dropped = last_uses[(len(last_uses) - 1) // 2]
        dropped = []
        for node in (*reversed(nodes), self.root):  # children before their parents
            for key, child in list(node.children.items()):
                if not child.children and child.last_use <= last_dropped:
                    del node.children[key]
                    node.forms = None
                    dropped.append(child)
                else:
                    node.last_use = max(node.last_use, child.last_use)
        self.size -= len(dropped)
        return dropped

    def clear(self) -> None:
        """Drops every trace."""
        self.root.drop_children()
        self.size = 0


tree = Tree()

# Held while the tree changes: the threads of a process share it. Looking up needs no lock.
lock = threading.RLock()
os.register_at_fork(after_in_child=lock._at_fork_reinit)  # type: ignore[attr-defined]
