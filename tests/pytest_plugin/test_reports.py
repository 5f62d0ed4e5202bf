"""What pytest reports of a marked file is what it reports of the same file without the mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from .conftest import Run

Reports = Callable[..., tuple[str, str]]

SOURCES = {
    "where_clauses": """
        class Box:
            def __init__(self, n): self.n = n
            def more(self, by=1): return self.n + by
            def __repr__(self): return "Box!"

        def test_it():
            box, xs = Box(1), [1, 2]
            assert box.more(by=len(xs)) + 1 == max(*xs, 0), f"box {box.n}"
        """,
    "comparisons": """
        import pytest

        @pytest.mark.parametrize("left, right", [([1, 2], [1, 3]), ({"a": 1}, {}), ("ab", "b")])
        def test_it(left, right):
            assert left == right

        def test_chain():
            x = 3
            assert 1 < x < 3 < 5
        """,
    "operators": """
        def test_and(): assert [1] and ([] or {}) and 1 / 0
        def test_not(): assert not [1]
        def test_walrus():
            assert (x := 3) == 3 and (y := x + 1) == x
        def test_conditional(): assert (0 if [1] else 1)
        def test_in(): assert 3 in {
            1,
            2,
        }
        """,
    "fixtures": """
        import pytest

        @pytest.fixture(params=[1, 2], ids="one two".split())
        def number(request):
            yield request.param
            assert request.param != 2, "in teardown"

        class TestClass:
            @pytest.fixture(autouse=True)
            def prepare(self): self.x = 1

            def test_it(self, number, capsys):
                print(number, self.x)
                assert capsys.readouterr().out == f"{number} 1\\n"

            @pytest.mark.xfail(strict=True)
            def test_xfail(self, number): assert number == 3

            @pytest.mark.skipif("1 + 1 == 2", reason="just so")
            def test_skipped(self): assert 0
        """,
    "raises_and_warns": """
        import warnings
        import pytest

        def test_raises():
            with pytest.raises(AssertionError, match="assert 1 == 2") as raised:
                assert 1 == 2
            assert raised.value.args == ()

        def test_nothing_raised():
            with pytest.raises(KeyError):
                if len("a"): pass

        def test_warns():
            with pytest.warns(UserWarning, match="careful"):
                warnings.warn("careful")
            warnings.warn("not caught")
            assert [1.0, 0.1 + 0.2] == pytest.approx([1.0, 0.3])
            assert 0.1 + 0.2 == 0.3
        """,
    "unittest": """
        import unittest

        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls): cls.n = 1

            def setUp(self): assert self.n
            def test_equal(self): self.assertEqual([self.n], [2])
            def test_assert(self): assert [self.n] == [2], "message"
            def test_sub(self):
                for n in range(2):
                    with self.subTest(n=n):
                        self.assertTrue(n)
            @unittest.skip("not now")
            def test_skipped(self): pass
        """,
    "a_warning_of_pytest": """
        def test_it():
            assert (1 == 2, "always true")
        """,
    "an_error_in_a_loop": """
        def test_it():
            for x in [1, 2]:
                assert x + 1
                while x < 2:
                    assert x == 2, (
                        "two lines",
                        x)
        """,
}


@pytest.mark.parametrize("what", SOURCES)
def test_the_report_is_the_same(reports: Reports, what: str) -> None:
    unmarked, marked = reports(dedent(SOURCES[what]), "-rA", "-vv", "--tb=long", "--showlocals")
    assert unmarked == marked
    assert re.search("[1-9] (failed|error|warning)", marked)


def test_doctests_are_found_and_run(reports: Reports, pytester: pytest.Pytester) -> None:
    source = dedent(
        '''
        def f(x):
            """
            >>> f(1)
            2
            >>> if f(2): print(f(2))
            4
            """
            assert x + 1
            return x + 1
        '''
    )
    for name in ("test_it.py", "module.py"):
        unmarked, marked = reports(source, "--doctest-modules", name, name=name)
        assert unmarked == marked
        assert ">>> if f(2)" in marked and "Expected:\n    4\nGot:\n    3\n" in marked


def test_what_a_hook_for_passed_assertions_is_told(
    reports: Reports, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        def pytest_assertion_pass(item, lineno, orig, expl):
            print("passed:", lineno, orig, expl)
        """
    )
    source = "def test_it():\n    x = [1]\n    assert len(x) == 1, 'text'\n    assert x\n"
    hook = ("-o", "enable_assertion_pass_hook=true")
    unmarked, marked = reports(source, "-s", *hook)
    assert unmarked == marked
    assert "passed: 4 len(x) == 1 1 == 1\n +  where 1 = len([1])" in marked


@pytest.mark.parametrize("name", ["conftest.py", "test_it.py"])
def test_an_error_while_a_file_is_imported(
    reports: Reports, pytester: pytest.Pytester, name: str
) -> None:
    pytester.makepyfile(other="def f(): raise ValueError('sorry')")
    pytester.syspathinsert()
    unmarked, marked = reports("import other\nif other.f(): pass\n", name=name)

    def lines(report: str) -> list[str]:
        return [line for line in report.splitlines() if ".py:" in line or line.startswith("E")]

    assert "E   ValueError: sorry" in marked
    assert lines(unmarked) == lines(marked)


def test_a_syntax_error_in_a_marked_file(reports: Reports) -> None:
    unmarked, marked = reports("def test_it():\n    assert 1 = 2\n")
    wanted = [line for line in unmarked.splitlines() if line.startswith("E ")]
    assert len(wanted) >= 4
    assert [line for line in marked.splitlines() if line.startswith("E ")] == wanted


def test_the_messages_need_no_wrappers(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("# tfimp: eager\ndef test_it(): assert print(f'{1 + 1}') or not len('a')")
    run("-vv").stdout.no_fnmatch_line("*_tfimp_*")
