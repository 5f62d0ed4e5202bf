"""Rewriters with a fault, each of which the checks of the other tests find.

The checks are those that `test_evaluation` and `test_positions` run over all programs.  A mutant is
the rewriter with one of its functions exchanged; it must fail for the programs named here, and for
reasons of its own: without the mutant they pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast
import pytest

from tfimp.transform import conditions, injected, rewriter
from tfimp.transform.injected import Node, Runtime

from .evaluation import run_both
from .positions import check_positions
from .programs import PROGRAMS

ANSWERS = [True, False, False, True, True, True, False, True, False, False] * 2


def evaluation(what: str) -> None:
    run_both(PROGRAMS[what], ANSWERS)


def positions(what: str) -> None:
    check_positions(PROGRAMS[what])


fetch, call, place = Runtime.fetch, Runtime.call, injected.place
import_statement = Runtime.import_statement
rewrite_and_or = conditions.rewrite_and_or


def evaluate_twice(self: Runtime, value: Node) -> Node:
    """`x` becomes `(x, fetch(x))[1]`."""
    both = place(gast.Tuple([copy.deepcopy(value), fetch(self, value)], gast.Load()), value)
    index = injected.constant(1, value)
    return place(gast.Subscript(both, index, gast.Load()), value)


def ask_twice(self: Runtime, value: Node) -> Node:
    """`x` becomes `not not fetch(x)`, and is tested where only its value is asked for as well."""
    once = place(gast.UnaryOp(gast.Not(), fetch(self, value)), value)
    return place(gast.BoolOp(gast.Or(), [once, fetch(self, value)]), value)


def swap_operands(node: Node, runtime: Runtime) -> Node:
    """`a and b` becomes `b and a`."""
    node.values.reverse()
    return rewrite_and_or(node, runtime)


def swap_arguments(
    self: Runtime, function: str, args: list[Node], at: Node, keywords: Any = None
) -> Node:
    """`print(a, b)` prints `b` first."""
    return call(self, function, args[::-1] if function == "fetch_all" else args, at, keywords)


def drop_a_line(self: Runtime, at: Node) -> Node:
    """The import of the runtime gets a line of its own, so that its line is not the statement's."""
    statement = import_statement(self, at)
    statement.lineno = statement.end_lineno = 1000
    for alias in statement.names:
        alias.lineno = alias.end_lineno = 1000
    return statement


def forget_the_line(node: Node, at: Node) -> Node:
    """A call that is put in stands in the first line, wherever its argument is."""
    place(node, at)
    node.lineno = node.end_lineno = 1
    return node


def move_a_line(self: Runtime, value: Node) -> Node:
    """What is fetched moves to the line above."""
    fetched = fetch(self, value)
    value.lineno = max(1, value.lineno - 1)
    return fetched


def move_a_column(self: Runtime, value: Node) -> Node:
    fetched = fetch(self, value)
    value.end_col_offset += 1
    return fetched


Check = Callable[[str], None]

TESTING = ("if", "while", "assert", "conditional expressions", "match", "lambda", "f-string")

# What is exchanged for what, the check that finds it, and programs for which it does.
MUTANTS: dict[str, tuple[Any, str, Any, Check, tuple[str, ...]]] = {
    "evaluates conditions twice": (
        *(Runtime, "fetch", evaluate_twice, evaluation),
        TESTING,
    ),
    "tests conditions twice": (
        *(Runtime, "fetch", ask_twice, evaluation),
        TESTING,
    ),
    "swaps the operands of `and`": (
        *(rewriter._REWRITES, gast.BoolOp, (swap_operands,), evaluation),
        ("if", "values of and and or", "walrus", "lambda", "scopes"),
    ),
    "swaps the arguments of `print`": (
        *(Runtime, "call", swap_arguments, evaluation),
        ("print", "starred everything", "annotations under PEP 563"),
    ),
    "gives the import a line": (
        *(Runtime, "import_statement", drop_a_line, positions),
        ("if", "for", "print"),
    ),
    "drops the line of what is put in": (
        *(injected, "place", forget_the_line, positions),
        ("an error in a frame below", "nested loops"),
    ),
    "moves a line": (
        *(Runtime, "fetch", move_a_line, positions),
        ("nested loops", "scopes", "patterns", "class with everything"),
    ),
    "moves a column": (Runtime, "fetch", move_a_column, positions, ("if", "while", "lambda")),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, mutant, check, programs = MUTANTS[name]
    for program in programs:
        check(program)
    if isinstance(where, dict):
        monkeypatch.setitem(where, what, mutant)
    else:
        monkeypatch.setattr(where, what, mutant)
    for program in programs:
        with pytest.raises(AssertionError):
            check(program)
            pytest.fail(f"not found in the program {program!r}")
