"""Tensors in the assertions of marked test files: fetched, and shown by their values."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

import tfimp

from .conftest import Run

assert tfimp.new_step  # loads the runtime, once for all runs

HEAD = """\
# tfimp: eager
import pytest
import tensorflow as tf

a, b = tf.constant([1, 2, 3]), tf.constant([1, 2, 4])
x = tf.constant([1.0, 2.0, 3.0])
"""

# A failing assertion, and what it is explained by.
FAILURES = {
    "assert tf.reduce_sum(x) == 3": """
        assert np.float32(6.0) == 3
         +  where np.float32(6.0) = <function reduce_sum at 0x>(array([1., 2., 3.], dtype=float32))
         +    where <function reduce_sum at 0x> = tf.reduce_sum
        """,
    "assert tf.reduce_all(a == b), 'not the same'": """
        AssertionError: not the same
        assert np.False_
         +  where np.False_ = <function reduce_all at 0x>(array([1, 2, 3], dtype=int32) == array([1, 2, 4], dtype=int32)
         +    where <function reduce_all at 0x> = tf.reduce_all
        """,  # noqa: E501
    "assert (x[0] == 1) and x[1] > 2": """
        assert (np.float32(1.0) == 1 and np.float32(2.0) > 2)
        """,
    "assert 1 < a[0] + 1 < 2": "assert (np.int32(1) + 1) < 2",
    "assert not tf.reduce_max(a)": """
        assert not np.int32(3)
         +  where np.int32(3) = <function reduce_max at 0x>(array([1, 2, 3], dtype=int32))
        """,
    "assert a[0] in [2, b[2]]": "assert np.int32(1) in [2, np.int32(4)]",
    "assert x is None": "assert array([1., 2., 3.], dtype=float32) is None",
    "assert x.numpy().sum() == pytest.approx(5)": "assert np.float32(6.0) == 5 ± 5.0e-06",
    "assert x.shape == (2,), f'{x + 1}'": """
        AssertionError: [2. 3. 4.]
        assert TensorShape([3]) == (2,)
        """,
}


def test_a_failure_is_explained_by_values(pytester: pytest.Pytester, run: Run) -> None:
    tests = "".join(
        f"def test_{number}():\n    {source}\n" for number, source in enumerate(FAILURES)
    )
    pytester.makepyfile(HEAD + tests)
    result = run("-vv")
    result.assert_outcomes(failed=len(FAILURES))
    lines = [re.sub("0x[0-9a-f]+", "0x", line) for line in result.outlines]
    for source, explanation in FAILURES.items():
        begin = lines.index(f">       {source}") + 1
        wanted = [f"E       {line}" for line in dedent(explanation).strip().splitlines()]
        assert lines[begin : begin + len(wanted)] == wanted


def test_what_a_tensor_is_asked_for(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        HEAD
        + dedent(
            """
            import unittest

            @pytest.fixture(params=[1.0, 2.0])
            def doubled(request):
                return tf.constant(request.param) * 2

            def test_fixture(doubled, capsys):
                assert doubled
                if doubled > 2.0:
                    print(doubled)
                    assert f"{doubled:.1f}" == "4.0" and capsys.readouterr().out == "4.0\\n"

            @pytest.mark.parametrize("x", [x, x + 1])
            def test_parameter(x):
                assert x[1] - x[0] == 1 and tf.reduce_all(x > 0)

            def test_ambiguous():
                with pytest.raises(ValueError, match="more than one element"):
                    assert a == b

            def test_message_of_a_caught_failure():
                with pytest.raises(AssertionError, match="assert np.int32") as raised:
                    assert a[0] == 2, "one"
                assert str(raised.value).startswith("one\\nassert np.int32(1) == 2")

            class Case(unittest.TestCase):
                def test_it(self):
                    self.assertEqual(x[0] + 1, 2)
                    self.assertTrue(a[0] < b[2])
                    with self.assertRaisesRegex(AssertionError, "^assert np.float32.3"):
                        assert x[2] == 4

            def f(x):
                '''
                >>> f(tf.constant([1, 2]))
                array([2, 3], dtype=int32)
                >>> if f(a)[0] > 1: print(f(a))
                [2 3 4]
                '''
                return x + 1
            """
        )
    )
    run("--doctest-modules").assert_outcomes(passed=8)
