"""Operators on scalars whose values are known: the results of TensorFlow, without an op call."""

from textwrap import dedent
from typing import Any

import differential
import pytest

import tfimp
from tfimp.transform.rewriter import compile_source

# `n` and the others are known: each was fetched.
PREAMBLE = """
    import numpy as np
    import tensorflow as tf
    n, k, zero = tf.constant(27), tf.constant(-4), tf.constant(0)
    wide, large = tf.constant(2**40, tf.int64), tf.constant(2**31 - 1)
    f, g, d = tf.constant(0.1), tf.constant(16777216.), tf.constant(0.1, tf.float64)
    nan, b = tf.constant(np.nan), tf.constant(True)
    str([n, k, zero, wide, large, f, g, d, nan, b])
"""


def program(*expressions):
    shown = "\n".join(f"    show({expression})" for expression in expressions)
    return f"{PREAMBLE}\n{shown}\n"


def runs_without_op_calls(expression):
    """Whether the expression makes no op call of what is known."""
    names: dict[str, Any] = {}
    exec(compile_source(dedent(PREAMBLE), "<preamble>"), names)
    before = tfimp.stats().calls_recorded
    result = eval(expression, names)
    str(result)
    return tfimp.stats().calls_recorded == before


INTEGERS = [
    "n + 1", "n - 30", "n * 3", "n // 2", "n % 5", "k // 3", "k % 3", "n // k", "n % k", "k * n",
    "3 * n + 1", "1 - n", "7 // k", "-7 // n", "7 % k", "wide * 3", "wide // 7 - wide", "n + k",
]
COMPARISONS = [
    "n == 27", "n != 27", "n < 28", "n <= 26", "n > k", "n >= n", "30 > n", "wide > 5", "f < 0.1",
    "f == 0.1", "d == 0.1", "f > 1", "g == 16777217.0", "nan == nan", "nan != 1.0", "f <= f",
    "wide == wide",
]


@pytest.mark.parametrize("expression", INTEGERS + COMPARISONS)
def test_the_result_is_that_of_the_op_call(cold, expression):
    differential.check(program(expression), 1, False)
    assert runs_without_op_calls(expression)


@pytest.mark.parametrize("expression", [
    "large + 1", "large * large", "wide * wide", "-1 - large - 2", "n / 2", "n ** 2",
    "n + tf.constant([1, 2])", "b == True", "f + 1", "f * f", "n == None", "g == 16777217",
    "n == n[None]", "f < np.float32(0.5)", "n * True",
])
def test_what_is_not_exact_integer_arithmetic_is_an_op_call(cold, expression):
    differential.check(program(expression), 1, False)


@pytest.mark.parametrize("expression", [
    "n // 0", "n % zero", "n + 1.5", "n + wide", "n < 2**40", "f == d", "n + 2**31", "n < 'a'",
])
def test_an_error_is_that_of_the_op_call(cold, expression):
    differential.check(program(expression), 1, False)


def test_a_loop_on_a_known_integer_makes_no_op_calls(hot):
    source = """
        import tensorflow as tf
        def steps_of(n):
            steps = 0
            while n != 1:
                n = n // 2 if n % 2 == 0 else 3 * n + 1
                steps += 1
            return steps
        show([steps_of(tf.constant(start)) for start in (27, 97)])
    """
    before = tfimp.stats().calls_recorded
    differential.check(source, 1, False)
    assert tfimp.stats().calls_recorded - before <= 4  # the two constants, each with a test


def test_a_gradient_goes_past_the_comparison_of_a_loss(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(3.)
        count = tf.constant(0)
        for _ in range(6):
            with tf.GradientTape() as tape:
                loss = v * v
            print(f"{loss:.3f}")
            if loss > 0.5 and not loss == 7.25:
                v.assign_sub(0.1 * tape.gradient(loss, v))
                count += 1
        show(v, count)
    """)


def test_inside_a_scope_of_a_device_it_is_an_op_call(cold):
    source = PREAMBLE + """
    with tf.device("CPU:0"):
        show(n + 1, n < 3)
"""
    differential.check(source, 1, False)


def test_inside_a_function_of_tensorflow_it_is_part_of_the_graph(same_as_eager):
    same_as_eager(PREAMBLE + """
    @tf.function
    def following(m):
        return m + n * 2 if n > 3 else m
    show(following(tf.constant(1)), tf.map_fn(lambda e: e + n % 4, tf.range(3)))
""", plans=False)
