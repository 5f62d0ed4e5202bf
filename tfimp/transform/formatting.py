"""Fetch what an f-string shows: `f'{t:.3f}'` becomes `f'{fetch(t):.3f}'`."""

from __future__ import annotations

from .injected import Node, Runtime
from .values import may_be_tensor


def rewrite_replacement(node: Node, runtime: Runtime) -> Node:
    if may_be_tensor(node.value) and not runtime.is_call(node.value):
        node.value = runtime.fetch(node.value)
    return node
