"""Loops say where they begin and where an iteration ends."""

from __future__ import annotations

import pytest

from .helpers import check, check_unchanged


def test_for() -> None:
    check(
        """
        for x in xs:
            f(x)
        else:
            g(x)
        """,
        """
        for x in _tfimp_.enter_loop('m:2:0', xs):
            if _tfimp_.recording and _tfimp_.iterate('m:2:0'): pass
            f(x)
        else:
            g(x)
        """,
    )


def test_while() -> None:
    check(
        """
        while t < 3:
            t = t + 1
        """,
        """
        while _tfimp_.fetch(t < 3):
            if _tfimp_.recording and _tfimp_.iterate('m:2:0'): pass
            t = t + 1
        """,
    )


def test_a_while_whose_work_is_in_its_test() -> None:
    check(
        "while f(t): pass",
        """
        while _tfimp_.fetch(f(t)):
            if _tfimp_.recording and _tfimp_.iterate('m:1:0'): pass
            pass
        """,
    )


def test_async_for_keeps_its_iterable() -> None:
    check(
        """
        async def f():
            async for x in xs:
                g(x)
        """,
        """
        async def f():
            async for x in xs:
                if _tfimp_.recording and _tfimp_.iterate('m:3:4'): pass
                g(x)
        """,
    )


def test_each_loop_has_a_site_of_its_own() -> None:
    check(
        """
        for x in xs:
            for y in f(x):
                g(y)
        """,
        """
        for x in _tfimp_.enter_loop('m:2:0', xs):
            if _tfimp_.recording and _tfimp_.iterate('m:2:0'): pass
            for y in _tfimp_.enter_loop('m:3:4', f(x)):
                if _tfimp_.recording and _tfimp_.iterate('m:3:4'): pass
                g(y)
        """,
    )


def test_an_unparenthesised_tuple_is_one_iterable() -> None:
    check(
        "for x in *a, b: f(x)",
        """
        for x in _tfimp_.enter_loop('m:1:0', (*a, b)):
            if _tfimp_.recording and _tfimp_.iterate('m:1:0'): pass
            f(x)
        """,
    )


@pytest.mark.parametrize("work", ["f()", "x + 1", "-x", "x < y", "x += y", "x[0]", "del x[0]"])
def test_anything_that_can_call_an_operation_is_work(work: str) -> None:
    check(
        f"for x in y: {work}",
        f"""
        for x in _tfimp_.enter_loop('m:1:0', y):
            if _tfimp_.recording and _tfimp_.iterate('m:1:0'): pass
            {work}
        """,
    )


@pytest.mark.parametrize(
    "source",
    [
        "for x in xs: pass",
        "for x in f(xs): y = x",
        "def g(xs):\n for x in xs: yield x",
        "for x in xs:\n 'text'\n break",
        "while True: pass",
        "while not (x is None): pass",
        "[f(x) for x in xs]",
    ],
)
def test_left_alone(source: str) -> None:
    check_unchanged(source)


def test_what_the_rewriter_puts_in_is_no_work() -> None:
    check(
        """
        for x in xs:
            if x: y = x
        """,
        """
        for x in xs:
            if _tfimp_.fetch(x): y = x
        """,
    )
