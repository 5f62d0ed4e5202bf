"""One input at a prompt, or one cell: source in, tree or code out.

An input differs from a module in that it goes on where earlier inputs ended: what they imported
from `__future__` holds for it, and the value of an expression is shown.
"""

from __future__ import annotations

import ast
from types import CodeType

from tfimp.runtime.rewritten import keep_history
from tfimp.transform.rewriter import on_deep_trees_too, rewrite_tree


def parse_input(source: str, filename: str, flags: int) -> ast.Module:
    """The rewritten tree of an input.

    Args:
        flags: the compiler's, as earlier inputs have left them.
    """
    keep_history()  # a later input may ask for gradients
    flags |= ast.PyCF_ONLY_AST
    tree: ast.Module = compile(source, filename, "exec", flags, dont_inherit=True)
    return rewrite_tree(tree, source, filename)


def compile_input(source: str, filename: str, flags: int) -> CodeType:
    """The code of what was typed at a prompt, rewritten; it shows the values of expressions."""
    tree = ast.Interactive(parse_input(source, filename, flags).body)
    code: CodeType = on_deep_trees_too(
        lambda: compile(tree, filename, "single", flags, dont_inherit=True)
    )
    return code
