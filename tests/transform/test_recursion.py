"""Functions that call themselves say where they begin and what they return."""

from __future__ import annotations

from .helpers import check, check_unchanged


def test_function() -> None:
    check(
        """
        def f(tree):
            \"\"\"Follows a tree.\"\"\"
            match tree:
                case int():
                    return leaf(tree)
            for branch in tree:
                return f(branch) + 1
            return None
        """,
        """
        def f(tree):
            \"\"\"Follows a tree.\"\"\"
            if _tfimp_.recording and _tfimp_.enter_function(): pass
            match tree:
                case int():
                    return _tfimp_.leave_function(leaf(tree))
            for branch in _tfimp_.enter_loop('m:7:4', tree):
                if _tfimp_.recording and _tfimp_.iterate('m:7:4'): pass
                return _tfimp_.leave_function(f(branch) + 1)
            return None
        """,
    )


def test_function_that_is_passed_on() -> None:
    check(
        """
        def f(tree):
            return list(map(f, tree))
        """,
        """
        def f(tree):
            if _tfimp_.recording and _tfimp_.enter_function(): pass
            return _tfimp_.leave_function(list(map(f, tree)))
        """,
    )


def test_method() -> None:
    check(
        """
        class Tree:
            def value(self, tree):
                return self.value(tree.left) * 2
        """,
        """
        class Tree:
            def value(self, tree):
                if _tfimp_.recording and _tfimp_.enter_function(): pass
                return _tfimp_.leave_function(self.value(tree.left) * 2)
        """,
    )


def test_returns_of_functions_inside_are_their_own() -> None:
    check(
        """
        def f(x):
            def g(y):
                return h(y)
            try:
                return f(g(x))
            except KeyError:
                return g(x)
        """,
        """
        def f(x):
            if _tfimp_.recording and _tfimp_.enter_function(): pass
            def g(y):
                return h(y)
            if _tfimp_.recording and _tfimp_.enter_try('m:5:4'): pass
            try:
                return _tfimp_.leave_function(_tfimp_.carried_out('m:5:4', f(g(x))))
            except KeyError:
                return _tfimp_.leave_function(g(x))
        """,
    )


def test_what_does_not_call_itself() -> None:
    check_unchanged(
        """
        def f(x):
            return g(x)

        class Model:
            def call(self, x):
                return self.inner.call(x)

            def copy(self):
                return duplicate(self)
        """
    )


def test_generator() -> None:
    check_unchanged(
        """
        def walk(tree):
            yield from walk(tree.left)
        """
    )
