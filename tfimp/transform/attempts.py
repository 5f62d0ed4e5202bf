"""Have the op calls of a `try` or `with` carried out where its handlers, or its manager, see them.

    try:                        if recording and enter_try('site'): pass
        f(x)                    try:
        if x: break                 f(x)
        return g(x)                 if x:
    finally:                            if recording and fails('site'): raise failure()
        h(x)                            break
                                    return carried_out('site', g(x))
                                finally:
                                    h(x)

What is pending when the `try` begins is carried out before it.  What its body has recorded is
carried out wherever the body ends or is left; so are, before a `finally`, its handlers and `else`.

    with f(x) as y:             with enter_with('site', f(x)) as y:
        g(y)                        g(y)
                                    if recording and fails('site'): raise failure()

A manager may do all that a `try` can, or look at a clock, or hold a lock.  Which ones do nothing of
the kind, as those of TensorFlow, is seen when the program runs.
"""

from __future__ import annotations

import ast
from typing import Any

import gast

from .conversion import Constructs, Kept, to_gast
from .injected import Node, Runtime, constant, first_evaluated, first_line, place_before
from .loops import site_of, works

_ENDS = (gast.Return, gast.Raise, gast.Break, gast.Continue)
_LOOPS = (gast.For, gast.AsyncFor, gast.While)
_BLOCKS = ("body", "orelse", "finalbody")
_SUSPENSIONS = (gast.Yield, gast.YieldFrom, gast.Await)

# These run by themselves.  (An `await` in a comprehension that runs at once is let go.)
_SCOPES = (
    *(gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Lambda),
    *(gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp),
)

# What leaves a body, or is marked where it ends, in Python's own nodes.
_EXITS: Constructs = {
    getattr(ast, kind.__name__): lambda node: True for kind in (*_ENDS, *_SUSPENSIONS, gast.Match)
}


def rewrite_try(node: Node, runtime: Runtime) -> Node | list[Node]:
    guarded = [node.body]
    if node.finalbody:
        guarded += [*(handler.body for handler in node.handlers), node.orelse]
    site = _mark(node, guarded, runtime)
    if site is None:
        return node
    return [runtime.when_recording("enter_try", [constant(site, node)], node), node]


def rewrite_with(node: Node, runtime: Runtime) -> Node:
    site = _mark(node, [node.body], runtime)
    if site is not None:
        for item in node.items:
            manager = item.context_expr
            named = constant(site, first_evaluated(manager))
            item.context_expr = runtime.call("enter_with", [named, manager], at=manager)
    return node


def _mark(node: Node, guarded: list[list[Node]], runtime: Runtime) -> str | None:
    """Mark all ways out of the blocks of a statement; its site, or None if they record nothing."""
    guarded = [statements for statements in guarded if works(statements, runtime)]
    if not guarded:
        return None
    region = _Region(site_of(node, runtime), runtime)
    for statements in guarded:
        region.mark_exits(statements)
        region.mark_end(statements)
    return region.site


class _Region:
    """Statements whose op calls are carried out before they are left."""

    def __init__(self, site: str, runtime: Runtime) -> None:
        self.site = site
        self._runtime = runtime

    def mark_end(self, block: list[Node]) -> None:
        """Mark where a block ends, if it does.

        Behind a statement that ends in several lines a mark would have none, nor would the return
        that may follow, so there is one in each of the statement's own blocks.
        """
        last = block[-1]
        match type(last).__name__:
            case "Return" | "Raise" | "Break" | "Continue":
                pass
            case "If":
                self.mark_end(last.body)
                self._mark_else(last, last.test)
            case "For" | "AsyncFor":
                self._mark_breaks(last.body)
                self._mark_else(last, last.iter)
            case "While":
                self._mark_breaks(last.body)
                self._mark_else(last, last.test)
            case "Match":
                last.subject = self._call("carried_out", last.subject)
                self._mark_ends([case.body for case in last.cases])
            case "Try" | "TryStar":
                # Its body is marked, and had better not raise what was recorded before it.
                block.insert(-1, self._mark(last))
                handlers = [handler.body for handler in last.handlers]
                self._mark_ends([last.finalbody] if last.finalbody else [*handlers, last.orelse])
            case "With" | "AsyncWith":
                # However it ends, its managers are called from its first line last.
                block.append(self._mark(last.items[0].context_expr))
            case "Assert":
                block.append(self._mark(first_evaluated(last.test)))
            case _:
                block.append(self._mark_without_line(last))

    def _mark_else(self, statement: Node, test: Node) -> None:
        if statement.orelse:
            self.mark_end(statement.orelse)
        else:
            statement.orelse.append(self._mark(first_evaluated(test)))

    def _mark_ends(self, blocks: list[list[Node]]) -> None:
        for block in blocks:
            if works(block, self._runtime):
                self.mark_end(block)

    def _mark_breaks(self, block: list[Node]) -> None:
        """Mark what breaks the loop of which this is a block, in place."""
        marked: list[Node] = []
        for statement in block:
            if isinstance(statement, gast.Break):
                marked.append(self._mark(statement))
            if not isinstance(statement, (*_SCOPES, Kept)):
                inner = ("orelse",) if isinstance(statement, _LOOPS) else _BLOCKS
                parts = [statement, *getattr(statement, "handlers", ())]
                for part in [*parts, *getattr(statement, "cases", ())]:
                    for field in inner:
                        self._mark_breaks(getattr(part, field, []))
            marked.append(statement)
        block[:] = marked

    def mark_exits(self, statements: list[Node], in_loop: bool = False) -> None:
        """Mark all that leaves the statements, in place."""
        marked: list[Node] = []
        for statement in statements:
            if isinstance(statement, Kept):
                statement = to_gast(statement.original, _EXITS)
            if self._leaves_unsynced(statement, in_loop):
                marked.append(self._mark(first_evaluated(statement)))
            self._mark_exits_in(statement, in_loop)
            marked.append(statement)
        statements[:] = marked

    def _leaves_unsynced(self, statement: Node, in_loop: bool) -> bool:
        """Whether a mark has to stand before a statement, since it leaves without a value."""
        if isinstance(statement, gast.Return):
            return not self._works(statement)
        if isinstance(statement, (gast.Break, gast.Continue)):
            return not in_loop
        # What another mark raises is let go.
        return isinstance(statement, gast.Raise) and not self._runtime.is_call(statement.exc)

    def _mark_exits_in(self, node: Node, in_loop: bool) -> None:
        if isinstance(node, (*_SCOPES, Kept)):
            return
        for field in node._fields:
            child = getattr(node, field, None)
            if not isinstance(child, list):
                setattr(node, field, self._marked(child, in_loop))
            elif field in _BLOCKS:
                again = field == "body" and isinstance(node, _LOOPS)
                self.mark_exits(child, in_loop or again)
            else:
                child[:] = [self._marked(item, in_loop) for item in child]
        leaves = isinstance(node, _SUSPENSIONS) and node.value is not None
        if leaves or (isinstance(node, gast.Return) and self._works(node)):
            node.value = self._call("carried_out", node.value)

    def _marked(self, node: Any, in_loop: bool) -> Any:
        """What takes the place of an operand, or of what is no node."""
        if isinstance(node, Kept):
            node = to_gast(node.original, _EXITS)
        if isinstance(node, ast.AST):
            self._mark_exits_in(node, in_loop)
        return self._call("resumed", node) if isinstance(node, _SUSPENSIONS) else node

    def _works(self, node: Node) -> bool:
        return node.value is not None and works([node.value], self._runtime)

    def _call(self, function: str, value: Node) -> Node:
        site = constant(self.site, first_evaluated(value))
        return self._runtime.call(function, [site, value], at=value)

    def _mark(self, at: Node) -> Node:
        runtime = self._runtime
        failure = place_before(runtime.call("failure", [], at), at)
        statement = place_before(gast.Raise(failure, None), at)
        return runtime.when_recording("fails", [constant(self.site, at)], at, [statement])

    def _mark_without_line(self, last: Node) -> Node:
        """A mark behind a statement of which it is not known on which line it ends.

        Nodes without a line get that of the instruction before them.  An error is raised on the
        line of the statement.
        """
        mark = self._mark(first_evaluated(first_line(last)))
        for node in (mark, *gast.walk(mark.test)):
            if hasattr(node, "lineno"):
                node.lineno = node.end_lineno = node.col_offset = node.end_col_offset = -1
        return mark
