"""Rewritten code does what the original does: each operand once, in order."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from .evaluation import run_both
from .programs import LEFT_TO_TENSORS, PROGRAMS

# No program of one's own can hold these.
_NOT_IN_MODULES = {"Interactive", "Expression", "FunctionType"}


def test_there_is_a_program_for_every_construct() -> None:
    seen = {type(node) for source in PROGRAMS.values() for node in ast.walk(ast.parse(source))}
    every = {
        kind
        for kind in vars(ast).values()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and not kind.__subclasses__()
        if "deprecated" not in (kind.__doc__ or "").lower() and kind.__module__ == "ast"
    }
    assert {kind.__name__ for kind in every - seen} - {"TypeIgnore"} == _NOT_IN_MODULES


@pytest.mark.parametrize("what", PROGRAMS)
@pytest.mark.parametrize("first", [True, False])
def test_construct(what: str, first: bool) -> None:
    other = not first
    answers = [first, other, other, first, first, first, other, first, other, other] * 2
    world = run_both(PROGRAMS[what], answers)
    if what not in LEFT_TO_TENSORS:
        assert world.tested_unfetched == []
    assert world.log


# Expressions and programs at random.

names = st.sampled_from("abcde").map(lambda name: f"v('{name}')")


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def form(template: str) -> st.SearchStrategy[str]:
        return st.tuples(*[inner] * template.count("{}")).map(lambda parts: template.format(*parts))

    return st.one_of(
        form("({} and {})"),
        form("({} or {} or {})"),
        form("(not {})"),
        form("({} if {} else {})"),
        form("({} < {})"),
        form("({} < {} < {})"),
        form("({} is {})"),
        form("(n := {})"),
        form("v('f')({}, {})"),
        form("v('s')[{}]"),
        form("v('l')([x for x in {} if x if {}])"),
        form("v('g')(*(x or {} for x in {}))"),
        form("(lambda x: x and {})({})"),
        form("v('t')(f'''{{{}!r:>{{{}}}}}''')"),
        form("v('p')(print({}, {}, sep={}))"),
    )


expressions = st.recursive(names, _larger, max_leaves=8)


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=2).map("\n".join).map(lambda b: indent(b, "  "))
    return st.one_of(
        st.builds("if {}:\n{}\nelif {}:\n{}".format, expressions, block, expressions, block),
        st.builds("while {}:\n{}\nelse:\n{}".format, expressions, block, block),
        st.builds(
            "for x in v('i')({}):\n{}\n  if {}: break".format, expressions, block, expressions
        ),
        st.builds("try:\n{}\nfinally:\n{}".format, block, block),
        st.builds("with {}:\n{}".format, names, block),
        st.builds(
            "while {}:\n try:\n{}\n  if {}: break\n  {}\n finally:\n{}".format,
            expressions, block, expressions, st.sampled_from(["continue", "raise v", "v"]), block,
        ),
        st.builds("match {}:\n case x if {}:\n{}".format, names, expressions, block),
        st.builds("class C:\n{}".format, block),
        st.builds("def f(x={}):\n{}\n  return {}\nf()".format, expressions, block, expressions),
        st.builds("def f():\n with {}:\n{}\n  return {}\nf()".format, names, block, expressions),
        st.builds("def g():\n{}\n  x = yield {}\nlist(g())".format, block, expressions),
    )


simple = st.one_of(
    expressions,
    expressions.map("x = {}".format),
    expressions.map("print({}, v('z'))".format),
    expressions.map("assert {}".format),
)  # fmt: skip
programs = st.recursive(simple, _statements, max_leaves=5)


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(source=programs, answers=st.lists(st.booleans(), max_size=25))
def test_program(source: str, answers: list[bool]) -> None:
    try:
        compile(source, "m.py", "exec", dont_inherit=True)
    except SyntaxError:
        assume(False)  # some expressions may not stand in others; it depends on the version
    world = run_both(source, answers)
    if "<" not in source:
        assert world.tested_unfetched == []
