"""Fetch what `print` shows, all arguments together.

`print(a, b, sep=s)` becomes `print(*fetch_all(a, b), sep=s)`.  The callee keeps its name, for the
module may have a `print` of its own.
"""

from __future__ import annotations

import ast

import gast

from .injected import Node, Runtime, place


def is_print(call: Node) -> bool:
    return isinstance(call.func, (ast.Name, gast.Name)) and call.func.id == "print"


def rewrite_print(node: Node, runtime: Runtime) -> Node:
    if not is_print(node):
        return node
    # An f-string has fetched its own values.  A list may hold tensors, so only these are left out.
    if all(isinstance(arg, (gast.Constant, gast.JoinedStr)) for arg in node.args):
        return node
    # At the place of the whole call: there is where Python unpacks starred arguments.
    fetched = runtime.call("fetch_all", node.args, at=node)
    node.args = [place(gast.Starred(fetched, gast.Load()), fetched)]
    return node
