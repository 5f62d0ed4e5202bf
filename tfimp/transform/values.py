"""What an expression cannot be: a tensor."""

from __future__ import annotations

import gast

from .injected import Node

# The results of these expressions are made by Python itself.
_NEVER_TENSORS = (
    gast.Constant,
    gast.JoinedStr,
    gast.Lambda,
    gast.Tuple,
    gast.List,
    gast.Dict,
    gast.Set,
    gast.ListComp,
    gast.SetComp,
    gast.DictComp,
    gast.GeneratorExp,
)

# Builtins with a result of their own type.  Should a module use such a name for a function that
# returns a tensor, the tensor's own `__bool__` still gives the right answer.
_BUILTINS = frozenset({"isinstance", "issubclass", "callable", "hasattr", "len", "bool"})

# Names that Python binds to strings or folds to constants.
_KNOWN_NAMES = frozenset({"__debug__", "__name__", "__file__", "__package__", "__doc__"})


def is_known(node: Node) -> bool:
    """Whether the value is a constant, is folded to one, or is one of Python's own names."""
    if isinstance(node, gast.Constant):
        return True
    if isinstance(node, gast.Name):
        return node.id in _KNOWN_NAMES
    if isinstance(node, gast.UnaryOp):
        return is_known(node.operand)
    if isinstance(node, gast.BinOp):
        return is_known(node.left) and is_known(node.right)
    if isinstance(node, gast.Compare):
        return is_known(node.left) and all(map(is_known, node.comparators))
    return False


def may_be_tensor(node: Node) -> bool:
    """Whether the value of the expression may be a tensor, as far as its syntax tells."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
        return False
    if isinstance(node, _NEVER_TENSORS) or is_known(node):
        return False
    if isinstance(node, gast.NamedExpr):
        return may_be_tensor(node.value)
    if isinstance(node, gast.Compare):
        identity_or_membership = (gast.Is, gast.IsNot, gast.In, gast.NotIn)
        return not all(isinstance(op, identity_or_membership) for op in node.ops)
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
        return node.func.id not in _BUILTINS
    return True
