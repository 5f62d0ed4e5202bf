"""Tell the runtime about modules that may take gradients without a tape.

    import tensorflow as tf     keep_history()
    ...                         ...
    tf.gradients(y, x)          tf.gradients(y, x)

For `tf.gradients` the runtime keeps how every tensor came about, which costs memory, and only for
it.  So a module that mentions it, or what calls it, says so before anything else runs.
"""

from __future__ import annotations

import ast
import re

import gast

from .injected import Node, Runtime, place_before

_NAMES = frozenset({"gradients", "hessians", "minimize", "compute_gradients"})
_ANYWHERE = re.compile(r"gradients|hessians|minimize")
# In text it may be run (`exec`) or looked up (`getattr`).
_IN_TEXT = re.compile(r"(?:^|\.)(?:gradients|hessians|minimize|compute_gradients)\b")


def are_mentioned(original: ast.Module, source: str) -> bool:
    """Whether a module may take gradients by name; rather too often than not."""
    if not _ANYWHERE.search(source):
        return False
    nodes = list(ast.walk(original))
    never_run = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    imports_all = any(map(_imports_all, nodes))
    return any(_mentions(node, imports_all) for node in nodes if id(node) not in never_run)


def announce(statement: Node, runtime: Runtime) -> Node:
    """The statement that says so, standing where the module's first statement stands."""
    call = place_before(runtime.call("keep_history", [], statement), statement)
    return place_before(gast.Expr(call), statement)


def _imports_all(node: ast.AST) -> bool:
    """Whether the node binds all names of TensorFlow."""
    match node:
        case ast.ImportFrom(module=str() as module, names=[ast.alias(name="*")]):
            return module.split(".")[0] == "tensorflow"
    return False


def _mentions(node: ast.AST, names_count: bool) -> bool:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return names_count and name in _NAMES
        case ast.Attribute(attr=name):
            return name in _NAMES
        case ast.ImportFrom(names=names):
            return not _NAMES.isdisjoint(alias.name for alias in names)
        case ast.Constant(value=str() as text):
            return _IN_TEXT.search(text) is not None
    return False
