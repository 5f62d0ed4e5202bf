"""`try` and `with` have the op calls of their bodies carried out wherever these are left."""

from __future__ import annotations

import sys
import types
from contextlib import nullcontext, suppress
from textwrap import indent
from typing import Any

import pytest

from tfimp.transform.rewriter import compile_source

from .helpers import check, check_unchanged


def test_try() -> None:
    check(
        """
        try:
            x = f()
        except ValueError:
            g()
        """,
        """
        if _tfimp_.recording and _tfimp_.enter_try('m:2:0'): pass
        try:
            x = f()
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        except ValueError:
            g()
        """,
    )


def test_what_a_finally_guards() -> None:
    check(
        """
        try: x
        except ValueError: g()
        else: h()
        finally: i()
        """,
        """
        if _tfimp_.recording and _tfimp_.enter_try('m:2:0'): pass
        try: x
        except ValueError:
            g()
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        else:
            h()
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        finally: i()
        """,
    )


def test_with() -> None:
    check(
        """
        with f(x) as y, z:
            g(y)
        """,
        """
        with _tfimp_.enter_with('m:2:0', f(x)) as y, _tfimp_.enter_with('m:2:0', z):
            g(y)
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        """,
    )


def test_a_value_that_is_returned_is_made_first() -> None:
    check(
        """
        def f():
            with x: return g()
        """,
        """
        def f():
            with _tfimp_.enter_with('m:3:4', x): return _tfimp_.carried_out('m:3:4', g())
        """,
    )


@pytest.mark.parametrize("leave", ["return", "return x", "raise x from None", "continue", "break"])
def test_what_leaves_a_body_without_work(leave: str) -> None:
    template = """
        def f():
            while x:
                {}
                try:
                    g()
                    {}
                    {}
                except ValueError: pass
        """
    check(
        template.format("pass", "pass", leave).replace("pass\n", "\n", 2),
        template.format(
            "if _tfimp_.recording and _tfimp_.enter_try('m:5:8'): pass",
            "if _tfimp_.recording and _tfimp_.fails('m:5:8'): raise _tfimp_.failure()",
            leave,
        ).replace(
            "while x:\n",
            "while _tfimp_.fetch(x):\n"
            "                if _tfimp_.recording and _tfimp_.iterate('m:3:4'): pass\n",
        ),
    )


def test_a_generator_leaves_and_comes_back() -> None:
    check(
        """
        def f():
            try:
                x = yield g()
                await x
            finally: pass
        """.replace("await", "yield from"),
        """
        def f():
            if _tfimp_.recording and _tfimp_.enter_try('m:3:4'): pass
            try:
                x = _tfimp_.resumed('m:3:4', (yield _tfimp_.carried_out('m:3:4', g())))
                _tfimp_.resumed('m:3:4', (yield from _tfimp_.carried_out('m:3:4', x)))
                if _tfimp_.recording and _tfimp_.fails('m:3:4'): raise _tfimp_.failure()
            finally: pass
        """,
    )


def test_functions_inside_are_not_left() -> None:
    check(
        """
        try:
            def f(): return g()
            h = lambda: (yield g())
            f()
        except ValueError: pass
        """,
        """
        if _tfimp_.recording and _tfimp_.enter_try('m:2:0'): pass
        try:
            def f(): return g()
            h = lambda: (yield g())
            f()
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        except ValueError: pass
        """,
    )


def test_loops_inside_are_left_by_themselves() -> None:
    check(
        """
        with x:
            while True:
                if y is None: break
                for z in y: break
                else: continue
            g()
        """,
        """
        with _tfimp_.enter_with('m:2:0', x):
            while True:
                if y is None: break
                for z in y: break
                else: continue
            g()
            if _tfimp_.recording and _tfimp_.fails('m:2:0'): raise _tfimp_.failure()
        """,
    )


@pytest.mark.parametrize(
    "source",
    [
        "try: import os\nexcept ImportError: os = None",
        "try: x = y.z\nexcept AttributeError: f()",
        "try: pass\nfinally: f()",
        "with x: pass",
        "with f() as x: y = x",
    ],
)
def test_a_body_without_work_is_left_alone(source: str) -> None:
    check_unchanged(source)


# Bodies that end in all ways.  Each has to run in a function `f(c, d, g, ...)` for any two truth
# values c and d, where g returns its argument.
ENDS = [
    "g(\n  1,\n  2)",
    "(g('s').strip()\n  .strip()\n  .strip())",
    "x = (\n  g(1))",
    "x, y[\n 0] = g(1), (\n 2)",
    "y[0] += (\n g(1))",
    "g(1)\n'text'",
    "g(1)\npass",
    "if c:\n  g(1)",
    "if (c and\n    c):\n  g(1)",
    "if c:\n  g(1)\nelif not c:\n  g(2)",
    "if c:\n  if d:\n    g(1)\nelse:\n  if d: g(2)",
    "for i in range(3):\n  g(i)",
    "for i in range(3):\n  g(i)\n  if c: break",
    "for i in range(3):\n  g(i)\n  if c: break\nelse:\n  g(1)",
    "i = 2\nwhile i:\n  i -= 1\n  with n:\n    g(i)\n    if c: break",
    "while True:\n  g(1)\n  break",
    "with (n as b,\n    n as d):\n  g(1)",
    "try: g(1)\nexcept KeyError: pass",
    "try:\n  g(1)\n  if c: raise KeyError(c)\nexcept KeyError: g(2)\nelse: g(2)",
    "try:\n  g(1)\n  if c: raise KeyError(c)\nexcept KeyError: g(2)\nfinally:\n  g(3)",
    "match g(1):\n  case 1 if c: g(1)\n  case 2: pass\n  case _: g(3)",
    "match c:\n  case True:\n    g(1)",
    "g(1)\n@(lambda f: f)\ndef h(): pass",
    "g(1)\nimport os",
    "x = g(1)\ndel x",
    "assert g(1) or c, g(2)",
    "if c: return g(1)\nreturn c",
    "return (g(1) or\n   g(2))",
    "if c: raise KeyError(\n  g(1))\ng(2)",
    "x = yield (\n g(1))\nreturn g(2)",
    "await A()\ng(1)",
]

AROUND = [
    "try:\n{}\nexcept KeyError: pass",
    "try:\n{}\nexcept KeyError: pass\nelse: g(8)\nfinally:\n  g(5)",
    "try: raise KeyError(g(1))\nexcept KeyError:\n{}\nfinally: g(5)",
    "with n:\n{}",
    "for k in range(2):\n try:\n{}\n except KeyError: pass",
]


class Awaitable:
    def __await__(self) -> Any:
        yield 1


def events(code: types.CodeType) -> list[Any]:
    """What a tracer is told of while the function `f` of a program runs."""
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    f = namespace["f"]
    seen: list[Any] = []

    def tracer(frame: types.FrameType, event: str, _: object) -> Any:
        if frame.f_code is not f.__code__:
            return None
        seen.append((event, frame.f_lineno))
        return tracer

    before = sys.gettrace()
    for c, d in (False, False), (False, True), (True, False), (True, True):
        sys.settrace(tracer)
        try:
            result = f(c, d, lambda x, *_: x, nullcontext(), [1], Awaitable)
            while hasattr(result, "send"):
                result.send(None)
        except (KeyError, AssertionError, StopIteration) as error:
            seen.append(repr(error))
        finally:
            sys.settrace(before)
    return seen


@pytest.mark.parametrize("end", ENDS)
def test_a_tracer_is_told_of_the_same_lines(end: str) -> None:
    for around in AROUND:
        function = "async def" if "await" in end else "def"
        body = around.format(indent(end, "  "))
        source = f"{function} f(c, d, g, n, y, A):\n{indent(body, ' ')}\n"
        original = events(compile(source, "m.py", "exec", dont_inherit=True))
        assert ("call", 1) in original
        assert events(compile_source(source, "m.py")) == original, source


def test_an_error_is_raised_on_the_line_of_the_last_statement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tfimp.runtime import rewritten

    monkeypatch.setattr(rewritten, "recording", True)
    monkeypatch.setattr(rewritten, "fails", lambda site: True)
    monkeypatch.setattr(rewritten, "failure", lambda: KeyError("pending"))
    source = "with n:\n  str(1)\n  x = (\n  str(2))\n"
    with pytest.raises(KeyError, match="pending") as caught, suppress(ValueError):
        exec(compile_source(source, "m.py"), {"n": nullcontext()})
    assert caught.traceback[-1].lineno == 3
