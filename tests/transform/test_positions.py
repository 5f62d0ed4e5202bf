"""Lines and columns: tracebacks, debuggers and coverage tools see the source as it is."""

from __future__ import annotations

import linecache
import sys
import traceback
import types
from textwrap import dedent

import pytest

from tfimp.transform.rewriter import compile_source

from .positions import check_positions
from .programs import PROGRAMS

# A bit of everything, with tests and arguments over several lines; it runs.
PROGRAM = dedent(
    '''
    """doc"""
    from __future__ import annotations

    import functools

    @functools.lru_cache(
        maxsize=None,
    )
    def first(x: int or str = 1) -> bool or None:
        if (x
                and not
                x):
            return (
                x or
                1
            )
        elif x == 2 or \\
                x == 3:
            print(x,
                  f"""{x}
                  {x!r}""")
        return not (
            x)

    class C:
        n = [1, 0, 2]
        big = [
            x
            for x in n
            if x
            if not (
                x == 2
            )
        ]
        while n: n.pop()

    def loops():
        total = 0
        for i in (
                1,
                2, 3):
            @functools.wraps(
                first)
            def inner(): return i
            for k in range(2):
                if not (
                        i
                        and not -(
                            j if False else 1
                        )):
                    (
                        print
                    )(i)
            if inner() == 2: continue
            for j in range(2): total += j
            else: total += 1
        while (total
               > 0):
            total -= 1
            if total == 1:
                break
        else:
            total = 7
        while True:
            for k in range(2):
                while k: k -= 1
            break
        for letter in "ab": "text"; letter.upper()
        return total

    def generator():
        while (yield 1):
            x = yield (2
                       or 3)

    async def coroutine():
        return [
            x
            async for x in aiter()
            if x
        ]

    async def aiter():
        for i in range(2): yield i

    def matching(x):
        match x:
            case [a, b] if (a
                            and b): return a
            case str() if x and \\
                    first(x): return x
            case _: return lambda: not \\
                x

    def raising():
        try:
            assert first(1) and (
                first(0)), f"{1:>{
                    2}}" if sys.version_info > (3, 12) else ""
        except (AssertionError, NameError):
            pass
        finally:
            first(5)

    [first(x) for x in range(4)]
    loops()
    g = generator(); next(g); g.send(1); g.send(0)
    try: coroutine().send(None)
    except StopIteration: pass
    for x in ([1, 2], "s", 3): matching(x)
    matching(3)()
    raising()
    '''
)
if sys.version_info < (3, 12):
    PROGRAM = PROGRAM.replace("{1:>{\n                2}}", '{1:>{2}}" "')


@pytest.mark.parametrize("what", [*PROGRAMS, "a bit of everything"])
def test_nothing_moves(what: str) -> None:
    check_positions(PROGRAMS.get(what, PROGRAM))


def test_a_tracer_sees_the_same_lines_in_the_same_order() -> None:
    def trace(code: types.CodeType) -> list[tuple[str, str, int]]:
        events = []

        def tracer(frame: types.FrameType, event: str, _: object) -> object:
            if frame.f_code.co_filename != "m.py":
                return None
            events.append((event, frame.f_code.co_name, frame.f_lineno))
            return tracer

        before = sys.gettrace()
        sys.settrace(tracer)  # type: ignore[arg-type]
        try:
            exec(code, {"__name__": "m", "sys": sys})
        finally:
            sys.settrace(before)
        return events

    original = trace(compile(PROGRAM, "m.py", "exec", dont_inherit=True))
    ours = trace(compile_source(PROGRAM, "m.py"))
    assert len(original) > 100
    if sys.version_info < (3, 12):
        # The line of the jump after a test depends on the kind of the test's expression.
        assert {event for event in ours if event[0] == "line"} == {
            event for event in original if event[0] == "line"
        }
    else:
        assert ours == original


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("x = 1\nif (x and\n    x / 0): pass\n", 3, "x / 0"),
        ("for x in (1,\n    2 / 0): print(x)\n", 2, "2 / 0"),
        ("print(1,\n  *[2],\n  3 / 0,\n)\n", 3, "3 / 0"),
        ("@f\ndef f():\n    if f: pass\n", 1, "f"),
        ("y = [x\n  for x in (1,)\n  if x\n  if 1 / (x - 1)]\n", 4, "1 / (x - 1)"),
    ],
)
def test_a_traceback_points_at_the_source(source: str, line: int, text: str) -> None:
    linecache.cache["m.py"] = (len(source), None, source.splitlines(True), "m.py")
    try:
        exec(compile_source(source, "m.py"), {})
    except (ZeroDivisionError, NameError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        assert (frame.filename, frame.lineno) == ("m.py", line)
        source_line = source.splitlines()[line - 1]
        assert source_line[frame.colno : frame.end_colno] == text
    else:
        pytest.fail("nothing was raised")
    finally:
        del linecache.cache["m.py"]
