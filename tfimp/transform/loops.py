"""Tell the runtime about loops.

    for x in xs:                for x in enter_loop('site', xs):
        f(x)                        if recording and iterate('site'): pass
                                    f(x)

A loop's site names it.  At the mark at the head of the body the runtime may carry out what the
iteration before has recorded.  `recording` is false as long as nothing is pending, so that the mark
costs a loop without tensors next to nothing.
"""

from __future__ import annotations

import ast
from typing import Any

import gast

from .injected import Node, Runtime, constant, first_evaluated, first_line

# Whatever can call an operation.  Names and attributes cannot, nor can `not` and `is`.
_WORK = (
    *(gast.Call, gast.BinOp, gast.Invert, gast.UAdd, gast.USub, gast.AugAssign, gast.Subscript),
    *(gast.Await, gast.With, gast.AsyncWith),
    *(ast.Call, ast.BinOp, ast.Invert, ast.UAdd, ast.USub, ast.AugAssign, ast.Subscript),
    *(ast.Await, ast.With, ast.AsyncWith, ast.cmpop),
)
_NO_WORK = (gast.Is, gast.IsNot, ast.Is, ast.IsNot)


def rewrite_for(node: Node, runtime: Runtime) -> Node:
    if works(node.body, runtime):
        site = site_of(node, runtime)
        _mark(node, site, runtime)
        named = constant(site, first_evaluated(node.iter))
        node.iter = runtime.call("enter_loop", [named, node.iter], at=node.iter)
    return node


def rewrite_async_for(node: Node, runtime: Runtime) -> Node:
    if works(node.body, runtime):
        _mark(node, site_of(node, runtime), runtime)
    return node


def rewrite_while(node: Node, runtime: Runtime) -> Node:
    # Its test runs in each iteration, so it counts.
    if works([node.test, *node.body], runtime):
        _mark(node, site_of(node, runtime), runtime)
    return node


def works(nodes: list[Node], runtime: Runtime) -> bool:
    """Whether anything here can call an operation; calls that the rewriter has put in cannot."""
    pending: list[Any] = list(nodes)
    while pending:
        node = pending.pop()
        if runtime.is_call(node):
            pending.extend(node.args)
        elif isinstance(node, _WORK) and not isinstance(node, _NO_WORK):
            return True
        else:
            pending.extend(gast.iter_child_nodes(node))
    return False


def site_of(node: Node, runtime: Runtime) -> str:
    return f"{runtime.place_name}:{node.lineno}:{node.col_offset}"


def _mark(node: Node, site: str, runtime: Runtime) -> None:
    # On the line with which the body begins: on the loop's own, a debugger or a coverage tool would
    # see the line visited again.
    at = first_evaluated(first_line(node.body[0]))
    node.body.insert(0, runtime.when_recording("iterate", [constant(site, at)], at))
