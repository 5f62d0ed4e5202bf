"""Print rewritten source as text.

What is printed must be what would run, so it is parsed again and compared with the tree that it was
printed from.  astunparse prints most trees; those that it cannot represent (`match`, `except*`,
type parameters, some f-strings) are left to `ast.unparse`.
"""

from __future__ import annotations

import ast
import copy

from .rewriter import on_deep_trees_too, rewrite


def show(source: str | bytes, filename: str, module_name: str | None = None) -> str:
    """The rewritten source of a module, without its comments."""
    tree = rewrite(source, filename, module_name)
    return on_deep_trees_too(lambda: unparse(tree))


def unparse(tree: ast.Module) -> str:
    """Source text that parses to the same tree.  Raises ValueError if there is none."""
    wanted = _dump(copy.deepcopy(tree))
    for to_text in (_astunparse, ast.unparse):
        try:
            text = to_text(tree)
            printed = _dump(ast.parse(text))
        except RecursionError:
            raise
        except Exception:  # whatever a printer trips over, it cannot print this tree
            continue
        if printed == wanted:
            return text.strip("\n") + "\n"
    raise ValueError("the rewritten module cannot be printed as source text")


def _astunparse(tree: ast.Module) -> str:
    import warnings

    import astunparse

    with warnings.catch_warnings():
        # It asks for the names of nodes that Python is about to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        text: str = astunparse.unparse(tree)
    return text


def _dump(tree: ast.Module) -> str:
    """The same text for the same program; changes the tree."""
    return ast.dump(_Normal().visit(tree))


class _Normal(ast.NodeTransformer):
    """Forget what makes no difference: an f-string's text in pieces, the `u` of a string."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        values: list[ast.expr] = []
        for value in node.values:
            last = values[-1] if values else None
            if isinstance(value, ast.Constant) and isinstance(last, ast.Constant):
                values[-1] = ast.Constant(str(last.value) + str(value.value))
            else:
                values.append(value)
        node.values = values
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None
        return node
