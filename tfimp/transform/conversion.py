"""Convert a tree to gast's nodes and back, as far as something in it is to be rewritten.

Converting takes most of the time that rewriting takes, and the greater part of a module stays as it
is.  So a statement or an operand in which there is nothing to rewrite is not converted: it stands
in gast's tree as a `Kept`, and in the tree that goes to the compiler as what it was.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import gast
from gast.ast3 import Ast3ToGAst, GAstToAst3

from .injected import Node

# For each construct that is rewritten, what tells whether a node of the type is one.
Constructs = dict[type, Callable[[Any], bool]]


class Kept(ast.AST):
    """A node of Python's own in a tree of gast's."""

    _fields = ("original",)

    def __init__(self, original: ast.AST) -> None:
        self.original = original

    def __getattr__(self, name: str) -> Any:
        # Its place, say, or its decorators.
        if name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)


def to_gast(tree: ast.AST, constructs: Constructs) -> Node:
    """A tree, or a part of one, in gast's nodes; what holds none of the constructs is kept."""
    return _ToGast(_holders(tree, constructs)).visit(tree)


def to_ast(tree: Node) -> ast.Module:
    """The module in Python's nodes."""
    module: ast.Module = _ToAst().visit(tree)
    return module


# What is rewritten asks these for nothing but their place, and for what they hold.  Calls of names
# and expressions whose type or operands tell that they are no tensor are not among them.
_MAY_BE_KEPT = (ast.stmt, ast.arguments, ast.Attribute, ast.Subscript, ast.Await)

# Types without a node inside: names, constants, contexts and operators, and what is no node.
_LEAVES = frozenset(
    [ast.Name, ast.Constant, int, str, bool, type(None)]
    + [
        kind
        for base in (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
        for kind in base.__subclasses__()
    ]
)

_Enclosing = tuple[ast.AST, Any]


def _holders(tree: ast.AST, constructs: Constructs) -> set[ast.AST]:
    """The constructs and all nodes that they are in.  (Nodes are equal if they are the same.)"""
    holders: set[ast.AST] = set()
    pending: list[tuple[ast.AST, _Enclosing | None]] = [(tree, None)]
    while pending:
        here = pending.pop()
        node = here[0]
        is_construct = constructs.get(node.__class__)
        if is_construct is not None and is_construct(node):
            holder: _Enclosing | None = here
            while holder is not None and holder[0] not in holders:
                holders.add(holder[0])
                holder = holder[1]
        for child in node.__dict__.values():
            kind = child.__class__
            if kind is list:
                pending += [(item, here) for item in child if item.__class__ not in _LEAVES]
            elif kind not in _LEAVES:
                pending.append((child, here))
    return holders


class _ToGast(Ast3ToGAst):  # type: ignore[misc]
    def __init__(self, holders: set[ast.AST]) -> None:
        self._holders = holders

    def visit(self, node: ast.AST) -> Node:
        if isinstance(node, _MAY_BE_KEPT) and node not in self._holders:
            return Kept(node)
        return super().visit(node)

    def generic_visit(self, node: ast.AST) -> Node:
        return _same_in(gast, node, self.visit)


class _ToAst(GAstToAst3):  # type: ignore[misc]
    def visit_Kept(self, node: Kept) -> ast.AST:
        return node.original

    def generic_visit(self, node: Node) -> Node:
        return _same_in(ast, node, self.visit)


def _same_in(module: Any, node: Node, convert: Callable[[Node], Node]) -> Node:
    """The node of a module that has the same name and the same fields: gast's way, but shorter."""
    converted = {}
    # Not `__dict__`: other tools (`executing`, so IPython) note the parents of nodes there, even of
    # those that all trees of the process share, such as `Load()`.
    for name in node._fields + node._attributes:
        if not hasattr(node, name):
            continue
        value = getattr(node, name)
        if value.__class__ is list:
            value = [convert(v) if isinstance(v, ast.AST) else v for v in value]
        elif isinstance(value, ast.AST):
            value = convert(value)
        converted[name] = value
    return getattr(module, node.__class__.__name__)(**converted)
