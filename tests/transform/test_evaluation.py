"""Rewritten code does what the original does: each operand once, in order, with the same outcome.

Programs run twice, as they are and rewritten, over operands that log whatever Python does to them.
Whether an operand is true is the next answer of a list, so that one truth test too many or in
another order changes everything that follows.  The runtime is a stub that logs nothing, but
remembers what it was given to fetch.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from importlib import import_module
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tfimp.transform.rewriter import compile_source


class Stop(Exception):
    """The program has gone on for long enough."""


class World:
    """What a program sees, and the log of what it does."""

    def __init__(self, answers: list[bool], patience: int = 150) -> None:
        self.log: list[str] = []
        self.answers = answers
        self.patience = patience
        self.fetched: set[int] = set()
        self.kept: list[object] = []  # so that no `id` is used twice
        self.tested_unfetched: list[str] = []

    def note(self, event: str) -> None:
        self.log.append(event)
        if len(self.log) > self.patience:
            raise Stop

    def value(self, name: str) -> Operand:
        self.note(f"value {name}")
        return Operand(self, name)

    def print(self, *values: object, **options: object) -> None:
        self.note(f"print {values} {options}")

    def run(self, code: types.CodeType) -> tuple[list[str], str]:
        namespace: dict[str, Any] = {"__name__": "m", "v": self.value, "print": self.print}
        try:
            exec(code, namespace)
            outcome = "done"
        except Stop:
            outcome = "stopped"
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        return self.log, outcome


class Operand:
    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        world.kept.append(self)

    def _make(self, name: str) -> Operand:
        self.world.note(name)
        return Operand(self.world, name)

    def __repr__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        self.world.note(f"format {self.name} {spec!r}")
        return self.name

    def __bool__(self) -> bool:
        world = self.world
        if id(self) not in world.fetched:
            world.tested_unfetched.append(self.name)
        # The answers are over: false, so that loops end.
        answer = world.answers.pop(0) if world.answers else False
        world.note(f"bool {self.name} {answer}")
        return answer

    def __lt__(self, other: object) -> Operand:
        return self._make(f"({self.name} < {other})")

    def __add__(self, other: object) -> Operand:
        return self._make(f"({self.name} + {other})")

    def __neg__(self) -> Operand:
        return self._make(f"-{self.name}")

    def __call__(self, *args: object) -> Operand:
        # Functions have no address here, so that two logs can be compared.
        shown = ", ".join(getattr(arg, "__name__", repr(arg)) for arg in args)
        return self._make(f"{self.name}({shown})")

    def __getitem__(self, key: object) -> Operand:
        return self._make(f"{self.name}[{key}]")

    def __setitem__(self, key: object, value: object) -> None:
        self.world.note(f"{self.name}[{key}] = {value}")

    def __iter__(self) -> Iterator[Operand]:
        self.world.note(f"iter {self.name}")
        for number in range(2):
            self.world.note(f"next {self.name}")
            yield Operand(self.world, f"{self.name}.{number}")

    async def __aiter__(self) -> Any:
        for operand in self:
            yield operand

    def __await__(self) -> Any:
        self.world.note(f"await {self.name}")
        return self._make(f"awaited {self.name}")
        yield

    def __enter__(self) -> Operand:
        return self._make(f"enter {self.name}")

    def __exit__(self, *error: object) -> None:
        self.world.note(f"exit {self.name}")


def stub(world: World) -> types.ModuleType:
    """A runtime without tensors."""

    def fetch(value: object) -> object:
        world.fetched.add(id(value))
        return value

    module = types.ModuleType("tfimp.runtime.rewritten")
    module.__dict__.update(
        fetch=fetch,
        fetch_all=lambda *values: tuple(map(fetch, values)),
        enter_loop=lambda site, iterable: iterable,
        recording=True,
        iterate=lambda site: None,
    )
    return module


Run = Callable[[str, list[bool]], World]


@pytest.fixture(scope="module")
def run_both() -> Iterator[Run]:
    """Runs a program as it is and rewritten, and compares."""
    with pytest.MonkeyPatch.context() as patch:

        def run(source: str, answers: list[bool]) -> World:
            plain, rewritten = World(list(answers)), World(list(answers))
            module = stub(rewritten)
            patch.setitem(sys.modules, "tfimp.runtime.rewritten", module)
            patch.setattr(import_module("tfimp.runtime"), "rewritten", module, raising=False)
            expected = plain.run(compile(source, "m.py", "exec", dont_inherit=True))
            assert rewritten.run(compile_source(source, "m.py", "m")) == expected
            assert rewritten.answers == plain.answers
            return rewritten

        yield run


PROGRAMS = {
    "if": "if v('a') < v('b') and not v('c') or v('d'): v('e')\nelif v('f'): v('g')",
    "while": "while v('a'): v('b')\nelse: v('c')",
    "while break": "while v('a'):\n  if v('b'): break\n  v('c')()\nelse: v('d')",
    "for": "for x in v('a'):\n  if x: continue\n  x + v('b')\nelse: v('c')",
    "for over a starred tuple": "for x in *v('a'), v('b'): print(x, sep=v('s'))",
    "loop variables": "for v('a').x, v('b')[v('c')] in [(1, 2)]: v('d')()",
    "assert": "try: assert v('a') < v('b'), v('m')\nexcept AssertionError as e: print(e.args)",
    "conditional expressions": "x = v('a') if v('b') and v('c') else v('d') if v('e') else v('f')",
    "values of and and or": "print(v('a') and v('b') or v('c'), not v('d'))",
    "chained comparison": "if v('a') < v('b') < v('c') < v('d'): v('e')",
    "comprehension": "x = [y + z for y in v('a') if y for z in v('b') if not z if y < z]",
    "generator": "print(*(y for y in v('a') if y or v('b')))",
    "dict comprehension": "x = {str(y): v('b') if y else v('c') for y in v('a') if y}",
    "class body": "class C:\n  n = v('n')\n  x = [y for y in n if y]\n  if x or n: z = n()",
    "walrus": "if (a := v('a')) and (b := v('b')): print(a, b)\n"
    "print([c for d in v('d') if (c := d)])",
    "lambda": "f = lambda x=v('a') or v('b'): v('c') if x else not x\nf()\nf(v('d'))",
    "match": "match v('s')():\n  case int(): pass\n"
    "  case x if x and v('a'): v('b')\n  case y if y: v('c')",
    "f-string": "x = f\"{v('a')!r:>{v('w')}}{v('b')}{v('c') or v('d')}{v('e')=}\"",
    "print": "print(v('a'), *v('b'), v('c') and v('d'), sep=v('s'), end=v('e'))",
    "with": "with v('a') as a, v('b') as b:\n  if a: b()",
    "try": "try:\n  while v('a'): v('b')()\n  1 / 0\nexcept ZeroDivisionError:\n"
    "  if v('c'): raise\nfinally:\n  if v('d'): v('e')",
    "except star": "try: raise ExceptionGroup('g', [ValueError(v('a'))])\n"
    "except* ValueError as e:\n  if v('b'): v('c')",
    "generator function": "def g():\n  while v('a'):\n    if (yield v('b')): v('c')\n"
    "    x = (yield v('d')) or v('e')\ni = g()\n"
    "for x in i:\n  try: i.send(x)\n  except StopIteration: break",
    "coroutine": """
        async def f():
            async for x in v('a'):
                if await x: v('b')()
            return [y async for y in v('c') if await y if y]
        try: f().send(None)
        except StopIteration as end: print(end.value)
        """,
    "scopes": """
        def outer(x):
            y = v('y')
            def inner():
                nonlocal x
                x = x and y
                return x
            if inner(): inner()
            return lambda: not x
        outer(v('a'))()
        """,
    "super and locals": """
        class A:
            def f(self): return v('f')
        class B(A):
            def f(self):
                if super().f(): print(sorted(locals()))
        B().f()
        """,
    "deleted and global": "def f():\n  global g\n  if v('a'): g = v('b')\nf()\n"
    "print(globals().get('g'))",
    "an error in a test": "def f():\n  if v('a') and missing: v('b')\nf()",
    "decorators": "@v('d')(v('a') or v('b'))\ndef f(x=v('x') and v('y'), *, z=not v('z')): pass",
}


@pytest.mark.parametrize("what", PROGRAMS)
@pytest.mark.parametrize("first", [True, False])
def test_construct(run_both: Run, what: str, first: bool) -> None:
    other = not first
    answers = [first, other, other, first, first, first, other, first, other, other] * 2
    world = run_both(dedent(PROGRAMS[what]), answers)
    if what != "chained comparison":
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
        st.builds("match {}:\n case x if {}:\n{}".format, names, expressions, block),
        st.builds("class C:\n{}".format, block),
        st.builds("def f(x={}):\n{}\n  return {}\nf()".format, expressions, block, expressions),
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
    max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(source=programs, answers=st.lists(st.booleans(), max_size=25))
def test_program(run_both: Run, source: str, answers: list[bool]) -> None:
    try:
        compile(source, "m.py", "exec", dont_inherit=True)
    except SyntaxError:
        assume(False)  # some expressions may not stand in others; it depends on the version
    world = run_both(source, answers)
    if "<" not in source:
        assert world.tested_unfetched == []
