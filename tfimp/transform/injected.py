"""The names that rewritten code calls at run time, and the nodes that call them.

Rewritten code reaches the runtime through one name, bound by one import statement.  Nodes made
here take the position of the node that they stand at, so that tracebacks, debuggers and coverage
tools see the lines and columns of the source.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import gast

RUNTIME_MODULE = "tfimp.runtime.rewritten"

# gast has no type hints.
Node = Any


def free_name(source: str) -> str:
    """A name for the runtime that the source does not use: `_tfimp_`, `_tfimp_1`, ...

    An identifier, so that the rewritten source can be printed and run; with one leading underscore,
    so that `import *` does not export it and class bodies do not mangle it.
    """
    if not source.isascii():
        source = unicodedata.normalize("NFKC", source)  # as Python does with identifiers
    name, number = "_tfimp_", 0
    while name in source:
        number += 1
        name = f"_tfimp_{number}"
    return name


def place(node: Node, at: Node) -> Node:
    """Give a new node the whole range of the node `at`."""
    node.lineno, node.col_offset = at.lineno, at.col_offset
    node.end_lineno, node.end_col_offset = at.end_lineno, at.end_col_offset
    return node


def place_before(node: Node, at: Node) -> Node:
    """Give a new node the point where the node `at` begins.

    A point and not the range: Python moves the line of a call to the last line of the attribute
    that is called.
    """
    node.lineno = node.end_lineno = at.lineno
    node.col_offset = node.end_col_offset = at.col_offset
    return node


def first_line(statement: Node) -> Node:
    """The node at which a statement begins: for a decorated definition, its first decorator."""
    decorators = getattr(statement, "decorator_list", None)
    return decorators[0] if decorators else statement


# The operand that a node evaluates first, where that is not a matter of course.
_FIRST = {
    **dict.fromkeys(("If", "While", "Assert", "IfExp"), "test"),
    **dict.fromkeys(("For", "AsyncFor"), "iter"),
    **dict.fromkeys(("Expr", "Assign", "AnnAssign", "Return", "Await", "Starred"), "value"),
    **dict.fromkeys(("Attribute", "Subscript", "NamedExpr", "YieldFrom", "Yield"), "value"),
    **dict.fromkeys(("BinOp", "Compare"), "left"),
    **dict.fromkeys(("BoolOp", "JoinedStr"), "values"),
    **dict.fromkeys(("Tuple", "List", "Set"), "elts"),
    **dict.fromkeys(("With", "AsyncWith"), "items"),
    "withitem": "context_expr",
    "UnaryOp": "operand",
    "Call": "func",
    "Kept": "original",
    "FormattedValue": "value",
}


def _is_folded(node: Node) -> bool:
    """Whether the compiler makes a constant of an expression."""
    match type(node).__name__:
        case "Constant":
            return True
        case "Tuple":
            return all(map(_is_folded, node.elts))
        case "UnaryOp":
            return _is_folded(node.operand)
        case "BinOp":
            # A long sum is deep on its left, and mostly no constant on its right.
            return _is_folded(node.right) and _is_folded(node.left)
        case "Kept":
            return _is_folded(node.original)
    return False


def first_evaluated(node: Node) -> Node:
    """Where Python begins with a node: inside parentheses that may be on a later line."""
    while True:
        child = getattr(node, _FIRST.get(type(node).__name__, ""), None)
        if isinstance(child, list):
            # Constants become one constant, which stands where the display does.
            child = None if all(map(_is_folded, child)) else child[0]
        if _is_folded(child):
            return child
        if child is None:
            return node
        node = child


def name(identifier: str, at: Node, context: Node | None = None) -> Node:
    return place_before(gast.Name(identifier, context or gast.Load(), None, None), at)


def constant(value: Any, at: Node) -> Node:
    return place_before(gast.Constant(value, None), at)


class Runtime:
    """The runtime as one module being rewritten sees it."""

    def __init__(self, name: str, place_name: str) -> None:
        self.name = name
        self.place_name = place_name  # what the sites of loops begin with
        self.used = False
        self.at_module_level = True  # not in a function or class, as the walk stands

    def attribute(self, attribute: str, at: Node) -> Node:
        self.used = True
        at = first_evaluated(at)
        return place_before(gast.Attribute(name(self.name, at), attribute, gast.Load()), at)

    def call(
        self, function: str, args: list[Node], at: Node, keywords: list[Node] | None = None
    ) -> Node:
        """A call of one of the runtime's functions, standing where `at` stands."""
        return place(gast.Call(self.attribute(function, at), args, keywords or []), at)

    def when_recording(
        self, function: str, args: list[Node], at: Node, body: list[Node] | None = None
    ) -> Node:
        """A mark: `if recording and function(*args): body`, where the body may be nothing.

        Not an expression statement: where Python drops its value there is no line, and a tracer
        would see the line of the next statement twice.
        """
        call = place_before(self.call(function, args, at), at)
        test = place_before(gast.BoolOp(gast.And(), [self.attribute("recording", at), call]), at)
        return place_before(gast.If(test, body or [place_before(gast.Pass(), at)], []), at)

    def is_call(self, node: Node, function: str | None = None) -> bool:
        """Whether the node is a call that `call` has made (of the given function)."""
        return (
            isinstance(node, gast.Call)
            and isinstance(node.func, gast.Attribute)
            and isinstance(node.func.value, gast.Name)
            and node.func.value.id == self.name
            and function in (None, node.func.attr)
        )

    def fetch(self, value: Node) -> Node:
        """The value, fetched: the same object, whatever it is."""
        return self.call("fetch", [value], at=value)

    def import_statement(self, at: Node) -> Node:
        alias = place_before(gast.alias(RUNTIME_MODULE, self.name), at)
        return place_before(gast.Import([alias]), at)
