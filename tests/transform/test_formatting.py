"""What an f-string shows is fetched."""

from __future__ import annotations

import pytest

from .helpers import check, check_unchanged


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f'{t}'", "f'{_tfimp_.fetch(t)}'"),
        ("f'{t:.3f} {u!r}'", "f'{_tfimp_.fetch(t):.3f} {_tfimp_.fetch(u)!r}'"),
        ("f'{t:{w}.{p}}'", "f'{_tfimp_.fetch(t):{_tfimp_.fetch(w)}.{_tfimp_.fetch(p)}}'"),
        ("f'{t=}'", "f't={_tfimp_.fetch(t)!r}'"),
        ("f'{t = :.2f}'", "f't = {_tfimp_.fetch(t):.2f}'"),
        ("f'{a or b}'", "f'{_tfimp_.fetch(_tfimp_.fetch(a) or b)}'"),
        ("x = 'a' f'{t}' 'b'", "x = f'a{_tfimp_.fetch(t)}b'"),
    ],
)
def test_values_are_fetched(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    "source", ["f'text'", "f'{1} {\"x\"}'", "f'{x is None}'", "'{t}'.format()"]
)
def test_left_alone(source: str) -> None:
    check_unchanged(source)
