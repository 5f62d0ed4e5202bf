"""Rewrite a module: parse, walk, compile.

One walk over the tree, from the leaves up, hands each node to the functions of the constructs that
it belongs to.  What is not named in `_REWRITES` passes through as it is.
"""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections.abc import Callable
from importlib.util import decode_source
from types import CodeType
from typing import Any, TypeVar

import gast

from . import attempts, conditions, formatting, gradients, imports, loops, printing, recursion
from .conversion import Constructs, Kept, to_ast, to_gast
from .injected import Node, Runtime, first_line, free_name

_Rewrite = Callable[[Node, Runtime], Any]

_REWRITES: dict[type, tuple[_Rewrite, ...]] = {
    gast.If: (conditions.rewrite_test,),
    gast.While: (conditions.rewrite_test, loops.rewrite_while),
    gast.Assert: (conditions.rewrite_test,),
    gast.IfExp: (conditions.rewrite_test,),
    gast.BoolOp: (conditions.rewrite_and_or,),
    gast.UnaryOp: (conditions.rewrite_not,),
    gast.comprehension: (conditions.rewrite_comprehension,),
    gast.match_case: (conditions.rewrite_guard,),
    gast.FormattedValue: (formatting.rewrite_replacement,),
    gast.Call: (printing.rewrite_print,),
    gast.For: (loops.rewrite_for,),
    gast.AsyncFor: (loops.rewrite_async_for,),
    gast.Try: (attempts.rewrite_try,),
    gast.TryStar: (attempts.rewrite_try,),
    gast.With: (attempts.rewrite_with,),
    gast.AsyncWith: (attempts.rewrite_with,),
    gast.FunctionDef: (recursion.rewrite_function,),
    gast.Import: (imports.rewrite_import,),
    gast.ImportFrom: (imports.rewrite_import_from,),
}

# What is rewritten, in Python's own nodes.
_CONSTRUCTS: Constructs = {getattr(ast, kind.__name__): lambda node: True for kind in _REWRITES}
_CONSTRUCTS |= {
    ast.UnaryOp: lambda node: isinstance(node.op, ast.Not),
    ast.comprehension: lambda node: bool(node.ifs),
    ast.match_case: lambda node: node.guard is not None,
    ast.Call: printing.is_print,
    ast.FunctionDef: recursion.calls_itself,
    ast.Import: imports.is_of_tensorflow,
    ast.ImportFrom: imports.is_of_tensorflow,
}

# Under PEP 563 a rewritten annotation would show in `__annotations__`; type parameters and the
# values of type aliases are annotations in all but name.  (gast keeps arguments as names.)
_UNTOUCHED: dict[type, frozenset[str]] = {
    gast.FunctionDef: frozenset({"returns", "type_params"}),
    gast.AsyncFunctionDef: frozenset({"returns", "type_params"}),
    gast.ClassDef: frozenset({"type_params"}),
    gast.Name: frozenset({"annotation"}),
    gast.AnnAssign: frozenset({"annotation"}),
    gast.TypeAlias: frozenset({"type_params", "value"}),
}
_NOTHING: frozenset[str] = frozenset()

_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


def rewrite(source: str | bytes, filename: str, module_name: str | None = None) -> ast.Module:
    """The rewritten tree of a module, ready to be compiled.

    A source that is no Python raises Python's own SyntaxError.
    """
    original: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    return rewrite_tree(original, source, filename, module_name)


def rewrite_tree(
    original: ast.Module, source: str | bytes, filename: str, module_name: str | None = None
) -> ast.Module:
    """As `rewrite`, of a tree that another tool may have changed since it was parsed."""
    text = source if isinstance(source, str) else decode_source(source)
    # A script is called by its file, for every script is `__main__`.
    place_name = filename if module_name in (None, "__main__") else str(module_name)
    runtime_name = free_name(text)
    # What the first attempt has changed before it fails is no state for the second to begin with.
    return on_deep_trees_too(lambda: _rewrite(original, text, Runtime(runtime_name, place_name)))


def compile_source(
    source: str | bytes, filename: str, module_name: str | None = None, *, optimize: int = -1
) -> CodeType:
    """The code object of a module, rewritten."""
    tree = rewrite(source, filename, module_name)
    return compile_tree(tree, source, filename, optimize=optimize)


def compile_tree(
    tree: ast.Module, source: str | bytes, filename: str, *, optimize: int = -1
) -> CodeType:
    """The code object of a tree that `rewrite` has made of the source."""
    return compile_or_leave(tree, source, filename, optimize=optimize)[0]


def compile_or_leave(
    tree: ast.Module, source: str | bytes, filename: str, *, optimize: int = -1
) -> tuple[CodeType, bool]:
    """As `compile_tree`, and whether it is the code of the tree.

    Python 3.12 compiles source of twice the depth that it takes as a tree.  A module that is too
    deep only as a tree runs as it is, with a warning.
    """

    def compile_any(module: ast.Module | str | bytes) -> CodeType:
        code: CodeType = compile(module, filename, "exec", dont_inherit=True, optimize=optimize)
        return code

    try:
        return on_deep_trees_too(lambda: compile_any(tree)), True
    except (SyntaxError, ValueError, RecursionError) as error:
        found = error
    # An error that Python finds only when it compiles.  Let it tell of the original; should it find
    # nothing there, the fault is ours.
    code = compile_any(source)
    if not isinstance(found, RecursionError):
        raise found
    warnings.warn_explicit(
        "nested too deeply for this version of Python to compile it rewritten; it runs unchanged",
        RuntimeWarning,
        filename,
        1,
    )
    return code, False


def _rewrite(original: ast.Module, text: str, runtime: Runtime) -> ast.Module:
    tree = to_gast(original, _CONSTRUCTS)
    _walk(tree, runtime)
    announcement = []
    if gradients.are_mentioned(original, text):
        announcement.append(gradients.announce(_first_statement(original)[1], runtime))
    if runtime.used:
        index, statement = _first_statement(original)
        tree.body[index:index] = [runtime.import_statement(statement), *announcement]
    return to_ast(tree)


def _walk(node: Node, runtime: Runtime) -> Node | list[Node]:
    """Rewrite the node, its children first.  A statement may become several."""
    if isinstance(node, Kept):
        return node
    untouched = _UNTOUCHED.get(type(node), _NOTHING)
    at_module_level = runtime.at_module_level
    if isinstance(node, _SCOPES):
        runtime.at_module_level = False
    for field in node._fields:
        if field in untouched:
            continue
        child = getattr(node, field, None)
        if isinstance(child, list):
            child[:] = _walk_list(child, runtime)
        elif isinstance(child, ast.AST):
            setattr(node, field, _walk(child, runtime))
    runtime.at_module_level = at_module_level
    for rewrite_construct in _REWRITES.get(type(node), ()):
        node = rewrite_construct(node, runtime)
    return node


def _walk_list(nodes: list[Any], runtime: Runtime) -> list[Any]:
    rewritten: list[Any] = []
    for node in nodes:
        # Not every list holds nodes: `global` holds names, a dict display may hold None.
        result = _walk(node, runtime) if isinstance(node, ast.AST) else node
        if isinstance(result, list):
            rewritten.extend(result)
        else:
            rewritten.append(result)
    return rewritten


def _first_statement(original: ast.Module) -> tuple[int, Node]:
    """Where the first statement stands behind docstring and `from __future__`: index and node."""
    body = original.body
    index = 1 if ast.get_docstring(original, clean=False) is not None else 0
    while True:
        match body[index]:
            case ast.ImportFrom(module="__future__"):
                index += 1
            case statement:
                return index, first_line(statement)


_T = TypeVar("_T")
_DEEP_LIMIT = 100_000
_changing_the_limit = threading.RLock()


def on_deep_trees_too(action: Callable[[], _T]) -> _T:
    """Carry out an action that recurses over a tree, however deep the tree is.

    A walk in Python needs several calls for a level of the tree, so that it meets the recursion
    limit on trees that Python's compiler takes, such as a sum of 400 terms.  The tree has been
    parsed, therefore it ends, and Python's calls of Python need no room on the C stack.
    """
    try:
        return action()
    except RecursionError:
        with _changing_the_limit:
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, _DEEP_LIMIT))
            try:
                return action()
            finally:
                sys.setrecursionlimit(limit)
