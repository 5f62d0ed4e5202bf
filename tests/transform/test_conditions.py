"""What is tested for truth is fetched, and nothing else is."""

from __future__ import annotations

import pytest

from .helpers import check, check_unchanged


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if t: pass", "if _tfimp_.fetch(t): pass"),
        ("if t > 4: pass", "if _tfimp_.fetch(t > 4): pass"),
        ("if f(t): pass", "if _tfimp_.fetch(f(t)): pass"),
        ("if -t: pass", "if _tfimp_.fetch(-t): pass"),
        (
            "if a: pass\nelif b: pass\nelse: pass",
            "if _tfimp_.fetch(a): pass\nelif _tfimp_.fetch(b): pass\nelse: pass",
        ),
        ("while t: pass", "while _tfimp_.fetch(t): pass"),
        ("assert t", "assert _tfimp_.fetch(t)"),
        ("assert t, message", "assert _tfimp_.fetch(t), message"),
        ("x = a if t else b", "x = a if _tfimp_.fetch(t) else b"),
        ("x = not t", "x = not _tfimp_.fetch(t)"),
        ("if not t: pass", "if not _tfimp_.fetch(t): pass"),
        ("if not not t: pass", "if not not _tfimp_.fetch(t): pass"),
    ],
)
def test_a_test_is_fetched(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # The value of the whole is the last operand, which nobody tests.
        ("x = a and b", "x = _tfimp_.fetch(a) and b"),
        ("x = a or b or c", "x = _tfimp_.fetch(a) or _tfimp_.fetch(b) or c"),
        ("x = (a and b) or c", "x = (_tfimp_.fetch(a) and _tfimp_.fetch(b)) or c"),
        ("x = a and (b or c)", "x = _tfimp_.fetch(a) and (_tfimp_.fetch(b) or c)"),
        # Here the last is tested too, once.
        ("if a and b: pass", "if _tfimp_.fetch(a) and _tfimp_.fetch(b): pass"),
        (
            "if a and (b or c): pass",
            "if _tfimp_.fetch(a) and (_tfimp_.fetch(b) or _tfimp_.fetch(c)): pass",
        ),
        ("x = not (a and b)", "x = not (_tfimp_.fetch(a) and _tfimp_.fetch(b))"),
    ],
)
def test_operands_of_and_and_or_are_fetched_where_they_are_tested(
    source: str, expected: str
) -> None:
    check(source, expected)


def test_both_branches_of_a_conditional_expression_that_is_tested() -> None:
    check(
        "if (a if t else b): pass",
        "if (_tfimp_.fetch(a) if _tfimp_.fetch(t) else _tfimp_.fetch(b)): pass",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[x for x in y if x if z]", "[x for x in y if _tfimp_.fetch(x) if _tfimp_.fetch(z)]"),
        ("{x for x in xs if x}", "{x for x in xs if _tfimp_.fetch(x)}"),
        ("{x: y for x, y in xs if x}", "{x: y for x, y in xs if _tfimp_.fetch(x)}"),
        ("list(x for x in xs if x > y)", "list(x for x in xs if _tfimp_.fetch(x > y))"),
    ],
)  # fmt: skip
def test_conditions_of_comprehensions(source: str, expected: str) -> None:
    check(source, expected)


def test_conditions_of_a_comprehension_in_a_class_body() -> None:
    # A lambda or a `:=` around the condition would not compile, or not see the class's names.
    check(
        """
        class C:
            n = [1, 2]
            big = [x for x in n if x]
        """,
        """
        class C:
            n = [1, 2]
            big = [x for x in n if _tfimp_.fetch(x)]
        """,
    )


def test_guards_of_match() -> None:
    check(
        """
        match x:
            case [a, b] if a < b: pass
            case {"k": 1} if a and b: pass
            case C(a=1): pass
            case _: pass
        """,
        """
        match x:
            case [a, b] if _tfimp_.fetch(a < b): pass
            case {"k": 1} if _tfimp_.fetch(a) and _tfimp_.fetch(b): pass
            case C(a=1): pass
            case _: pass
        """,
    )


def test_a_chained_comparison_is_left_to_the_tensor() -> None:
    # With a wrapper around it, `a < b` would be tested twice.
    check_unchanged("if a < b < c: pass")
    check("if t and a < b < c: pass", "if _tfimp_.fetch(t) and a < b < c: pass")


def test_walrus_binds_the_value_itself() -> None:
    check("if (n := f(x)): pass", "if _tfimp_.fetch((n := f(x))): pass")


def test_yield_and_await_in_tests() -> None:
    check(
        """
        def g():
            if (yield x): pass
        async def c():
            if await x: pass
        """,
        """
        def g():
            if _tfimp_.fetch((yield x)): pass
        async def c():
            if _tfimp_.fetch(await x): pass
        """,
    )


@pytest.mark.parametrize(
    "test",
    [
        "1", "True", "None", "'text'", "()", "[]", "{}", "...", "-1", "1 + 1",
        "__debug__", "not __debug__", "__name__ == '__main__'",
        "x is None", "x is not y", "x in y", "x not in y",
        "isinstance(x, int)", "hasattr(x, 'y')", "callable(x)", "len(x)",
        "[x, y]", "(x, y)", "{x: y}", "{x}", "(lambda: x)", "f'x'",
        "x is None and y in z", "not (x is None)",
    ],
)  # fmt: skip
def test_what_cannot_be_a_tensor_is_left_alone(test: str) -> None:
    check_unchanged(f"if {test}: pass")
    check_unchanged(f"x = 1 if {test} else 2")


def test_the_operands_of_a_test_left_alone_are_not() -> None:
    check("if (not t) is None: pass", "if (not _tfimp_.fetch(t)) is None: pass")
    check("if isinstance(a or b, C): pass", "if isinstance(_tfimp_.fetch(a) or b, C): pass")
