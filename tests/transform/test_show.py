"""What is printed is what would run."""

from __future__ import annotations

import ast
import sys

import pytest

from tfimp.transform import show as show_module
from tfimp.transform.rewriter import rewrite
from tfimp.transform.show import show, unparse

CONSTRUCTS = [
    "x = f'{a!r:>{w}} {{}} {b=}' 'c'",
    "x = u'text'",
    "match x:\n    case {'a': [1, *_], **rest} if rest: pass",
    "try:\n    f()\nexcept* ValueError as e:\n    assert e",
    "x = 1e999, -0.0, 1j, b'\\0', '''a\nb'''",
    "async def f():\n    async with a as b, c: return [x async for x in y if await z]",
    "def f(a, /, b=1, *c, d, e=2, **g): return lambda *x, y=(yield): x",
    "with (a as b, c as d): pass",
    "x = (y := 1) if t else not -x ** -y",
]


@pytest.mark.parametrize("source", CONSTRUCTS)
def test_round_trip(source: str) -> None:
    text = show(source, "m.py")
    compile(text, "m.py", "exec")
    assert ast.unparse(ast.parse(text)) == ast.unparse(rewrite(source, "m.py"))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the grammar is Python 3.12's")
def test_what_astunparse_drops_without_a_word_is_printed() -> None:
    assert "f[T](x" in show("def f[T](x: T): assert x", "m.py")


def test_what_is_printed_wrongly_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = rewrite("assert x", "m.py")
    monkeypatch.setattr(show_module, "_astunparse", lambda tree: "assert y")
    assert "fetch(x)" in unparse(tree)
    monkeypatch.setattr(ast, "unparse", lambda tree: "assert y")
    with pytest.raises(ValueError, match="cannot be printed"):
        unparse(tree)
