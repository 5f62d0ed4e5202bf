"""What `print` shows is fetched in one go."""

from __future__ import annotations

import pytest

from .helpers import check, check_unchanged


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("print(a)", "print(*_tfimp_.fetch_all(a))"),
        ("print('loss', a, b)", "print(*_tfimp_.fetch_all('loss', a, b))"),
        ("print(a, sep=s, file=f)", "print(*_tfimp_.fetch_all(a), sep=s, file=f)"),
        ("print(a, *b, c, **k)", "print(*_tfimp_.fetch_all(a, *b, c), **k)"),
        ("print([a, b])", "print(*_tfimp_.fetch_all([a, b]))"),
        ("print(x for x in y)", "print(*_tfimp_.fetch_all((x for x in y)))"),
        ("print(n := 5 + t)", "print(*_tfimp_.fetch_all((n := 5 + t)))"),
        ("print(print(a))", "print(*_tfimp_.fetch_all(print(*_tfimp_.fetch_all(a))))"),
    ],
)
def test_arguments_are_fetched_together(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    "source",
    [
        "print()",
        "print('text', 1, None)",
        "print(end='')",
        "log.print(a)",  # not Python's
        "show = print",
        "pprint(a)",
    ],
)
def test_left_alone(source: str) -> None:
    check_unchanged(source)


def test_an_f_string_fetches_for_itself() -> None:
    check("print(f'loss {a}')", "print(f'loss {_tfimp_.fetch(a)}')")
