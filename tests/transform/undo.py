"""Take out of a rewritten tree what the rewriter has put in, to compare it with the original."""

from __future__ import annotations

import ast


class _Undo(ast.NodeTransformer):
    def __init__(self, runtime: str) -> None:
        self.runtime = runtime

    def _called(self, node: ast.AST | None) -> str | None:
        """The runtime's function that a node calls, if it does."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=self.runtime), attr=function)):
                return function
        return None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node.args:
            case [ast.Starred(value=ast.Call() as inner)] if self._called(inner) == "fetch_all":
                node.args = inner.args
        self.generic_visit(node)
        match self._called(node):
            case "fetch" | "leave_function":
                return node.args[0]
            case "enter_loop" | "enter_with" | "carried_out" | "resumed":
                return node.args[1]
        return node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        match node.test:
            case ast.BoolOp(values=[ast.Attribute(attr="recording"), call]):
                if self._called(call) in ("iterate", "enter_function", "enter_try", "fails"):
                    return None
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if self._called(node.value) == "keep_history" else self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        return None if node.names[0].asname == self.runtime else node


def undo(tree: ast.Module, runtime: str = "_tfimp_") -> ast.Module:
    undone = _Undo(runtime).visit(tree)
    assert isinstance(undone, ast.Module)
    return undone
