"""Bind the names that a module imports from TensorFlow to tfimp's namespace.

Imports of Keras go the same way, so that the runtime knows when Keras is there; what they bind is
Keras itself.

    import tensorflow as tf           tf = import_module('tensorflow')
    import tensorflow.keras           tensorflow = import_module('tensorflow.keras', top=True)
    from tensorflow import nn as n    n = import_name('tensorflow', 'nn')
    from tensorflow import *          import_star('tensorflow', globals())

An import statement binds names in the scope where it stands, and so does the assignment.
TensorFlow's private modules are left alone: who imports them wants TensorFlow itself.
"""

from __future__ import annotations

import ast

import gast

from .injected import Node, Runtime, constant, name, place, place_before

_LIBRARIES = frozenset({"tensorflow", "keras"})
_PRIVATE = frozenset({"core", "compiler", "tools", "security", "include", "tsl", "src"})


def is_of_tensorflow(statement: Node) -> bool:
    """Whether an import statement names TensorFlow or Keras or something in them."""
    match statement:
        case ast.Import(names=aliases):
            return any(_is_public(alias.name) for alias in aliases)
        case ast.ImportFrom(module=str(module), level=0):
            return _is_public(module)
    return False


def rewrite_import(node: Node, runtime: Runtime) -> list[Node]:
    """`import a, tensorflow as tf, b`: one statement for each run of names of the same kind."""
    statements: list[Node] = []
    for alias in node.names:
        if _is_public(alias.name):
            statements.append(_assign_module(alias, node, runtime))
        elif statements and isinstance(statements[-1], gast.Import):
            statements[-1].names.append(alias)
        else:
            statements.append(place(gast.Import([alias]), node))
    return statements


def rewrite_import_from(node: Node, runtime: Runtime) -> Node | list[Node]:
    if node.level or not node.module or not _is_public(node.module):
        return node
    if node.names[0].name == "*":
        if not runtime.at_module_level:
            return node  # Python refuses it in its own words
        names = runtime.call(
            "import_star",
            [
                constant(node.module, node),
                place(gast.Call(name("globals", node), [], []), node),
            ],
            at=node,
        )
        return place(gast.Expr(names), node)
    statements: list[Node] = []
    for alias in node.names:
        if _is_public(f"{node.module}.{alias.name}"):
            value = runtime.call(
                "import_name", [constant(node.module, node), constant(alias.name, node)], at=node
            )
            statements.append(_assign(alias.asname or alias.name, value, node))
        elif statements and isinstance(statements[-1], gast.ImportFrom):
            statements[-1].names.append(alias)
        else:
            statements.append(place(gast.ImportFrom(node.module, [alias], node.level), node))
    return statements


def _is_public(module: str) -> bool:
    top, *parts = module.split(".")
    if top not in _LIBRARIES or "python" in parts:
        return False
    return not parts or not (parts[0] in _PRIVATE or parts[0].startswith("_"))


def _assign_module(alias: Node, statement: Node, runtime: Runtime) -> Node:
    keywords = []
    if not alias.asname:
        # `import a.b` binds `a`.
        top = gast.keyword("top", constant(True, statement))
        keywords = [place_before(top, statement)]
    value = runtime.call("import_module", [constant(alias.name, statement)], statement, keywords)
    return _assign(alias.asname or alias.name.partition(".")[0], value, statement)


def _assign(target: str, value: Node, statement: Node) -> Node:
    return place(gast.Assign([name(target, statement, gast.Store())], value, None), statement)
