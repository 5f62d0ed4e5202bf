"""Fetch what is tested for truth.

`if t:` becomes `if fetch(t):`, and so with `elif`, `while`, `assert`, conditional expressions, the
conditions of comprehensions, the guards of `match`, and the operands of `not`, `and` and `or`.

Only expressions that stand where they stood are wrapped, so everything is evaluated once and in
order.  The truth test inside `a < b < c` cannot be wrapped in place, and a wrapper around the whole
would have it tested twice: Python takes the comparison apart only where it is itself the test.  It
is left to the tensor's `__bool__`.
"""

from __future__ import annotations

import gast

from .injected import Node, Runtime
from .values import may_be_tensor


def truth(test: Node, runtime: Runtime) -> Node:
    """The expression `test`, in a place where its truth is asked, with its value fetched."""
    if isinstance(test, gast.BoolOp):
        # As with chained comparisons, the whole must stay in the place of the test.
        test.values = [truth(value, runtime) for value in test.values]
    elif isinstance(test, gast.IfExp):
        test.body, test.orelse = truth(test.body, runtime), truth(test.orelse, runtime)
    elif isinstance(test, gast.Compare) and len(test.ops) > 1:
        pass
    elif may_be_tensor(test) and not runtime.is_call(test):
        return runtime.fetch(test)
    return test


def rewrite_test(node: Node, runtime: Runtime) -> Node:
    """`if`, `elif`, `while`, `assert`, conditional expressions."""
    node.test = truth(node.test, runtime)
    return node


def rewrite_not(node: Node, runtime: Runtime) -> Node:
    if isinstance(node.op, gast.Not):
        node.operand = truth(node.operand, runtime)
    return node


def rewrite_and_or(node: Node, runtime: Runtime) -> Node:
    """All operands but the last are tested; the last is tested only if the whole is."""
    node.values[:-1] = [truth(value, runtime) for value in node.values[:-1]]
    return node


def rewrite_comprehension(node: Node, runtime: Runtime) -> Node:
    node.ifs = [truth(condition, runtime) for condition in node.ifs]
    return node


def rewrite_guard(node: Node, runtime: Runtime) -> Node:
    if node.guard is not None:
        node.guard = truth(node.guard, runtime)
    return node
