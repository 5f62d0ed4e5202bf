"""Tell the runtime about functions that call themselves.

    def f(x):                   def f(x):
        if x:                       if recording and enter_function(): pass
            return f(g(x))          if x:
        return h(x)                     return leave_function(f(g(x)))
                                    return leave_function(h(x))

As a loop's iterations do, the calls of such a function repeat, in another order each time.  There
the runtime may carry out what is recorded.  Only functions that name themselves are marked, as
`f` or, in a method, as `self.f`.
"""

from __future__ import annotations

import ast
from typing import Any

import gast

from .conversion import Constructs, Kept, to_gast
from .injected import Node, Runtime, first_evaluated, first_line
from .loops import works

# What runs by itself, and whose returns are its own.
_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Lambda)
_PYTHONS_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

_RETURNS: Constructs = {ast.Return: lambda node: True}


def rewrite_function(node: Node, runtime: Runtime) -> Node:
    if not _names_itself(node) or not works(node.body, runtime):
        return node
    first = 1 if _is_docstring(node.body[0]) else 0
    _mark_returns(node.body, runtime)
    node.body.insert(first, _mark(node.body[first], runtime))
    return node


def calls_itself(node: Any) -> bool:
    """Whether the function, as Python parsed it, names itself."""
    return _names_itself(node)


def _names_itself(function: Any) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args]
    first = getattr(arguments[0], "arg", getattr(arguments[0], "id", None)) if arguments else None
    pending: list[Any] = list(function.body)
    found = False
    while pending:
        node = pending.pop()
        if isinstance(node, Kept):
            node = node.original
        match type(node).__name__:
            case "Yield" | "YieldFrom":
                return False  # its calls only make a generator
            case "Name":
                found = found or (node.id == function.name and type(node.ctx).__name__ == "Load")
            case "Attribute" if node.attr == function.name:
                value: Any = node.value.original if isinstance(node.value, Kept) else node.value
                found = found or (type(value).__name__ == "Name" and value.id == first)
        if not isinstance(node, (*_SCOPES, *_PYTHONS_SCOPES)):
            pending.extend(ast.iter_child_nodes(node))
    return found


def _is_docstring(statement: Node) -> bool:
    if isinstance(statement, Kept):
        statement = statement.original
    value = getattr(statement, "value", None)
    if isinstance(value, Kept):
        value = value.original
    return type(statement).__name__ == "Expr" and isinstance(getattr(value, "value", None), str)


def _mark_returns(statements: list[Node], runtime: Runtime) -> None:
    for number, statement in enumerate(statements):
        if isinstance(statement, Kept):
            statement = statements[number] = to_gast(statement.original, _RETURNS)
        if isinstance(statement, (*_SCOPES, Kept)):
            continue
        if isinstance(statement, gast.Return):
            if statement.value is not None and works([statement.value], runtime):
                statement.value = runtime.call(
                    "leave_function", [statement.value], at=statement.value
                )
            continue
        for part in [statement, *getattr(statement, "handlers", ()),
                     *getattr(statement, "cases", ())]:
            for field in ("body", "orelse", "finalbody"):
                _mark_returns(getattr(part, field, []), runtime)


def _mark(first: Node, runtime: Runtime) -> Node:
    # On the line with which the body begins, as the marks of loops are.
    at = first_evaluated(first_line(first))
    return runtime.when_recording("enter_function", [], at)
