"""Operators of tensors: every one, either way round, with every kind of operand."""

import pytest

PREAMBLE = """
    import numpy as np
    import tensorflow as tf
    f = tf.constant([1., -2.5, 3.])
    g = tf.constant([4., 2., 0.5])
    d = tf.constant([1., 2., 3.], tf.float64)
    i = tf.constant([5, -7, 9])
    j = tf.constant([2, 3, -4])
    l = tf.constant([1, 2, 3], tf.int64)
    p = tf.constant([True, True, False])
    q = tf.constant([True, False, False])
    m = tf.constant([[1., 2.], [3., 4.]])
    s = tf.constant(["ab", "c"])
    z = tf.complex([1., 2.], [3., -4.])
    f32 = np.array([3., 4., 5.], np.float32)
    f64 = np.array([3., 4., 5.])
    ints = np.array([1, 2, 3], np.int32)
"""


def program(expression):
    return f"{PREAMBLE}\n    show({expression})\n"


@pytest.mark.parametrize("expression", [
    "f + g", "f - g", "f * g", "f / g", "f // g", "f % g", "abs(f) ** g", "-f", "abs(f)",
    "i + j", "i - j", "i * j", "i / j", "i // j", "i % j", "i ** 2", "-i", "abs(i)",
    "p & q", "p | q", "p ^ q", "~p", "i & j", "i | j", "i ^ j", "~i",
    "m @ m", "s + s", "z * z", "z + z", "z / z", "z - z", "abs(z)", "-z",
    "d + d", "d / 2", "l * l", "l // 2", "l % 2",
])
def test_operator_on_tensors(same_as_eager, expression):
    same_as_eager(program(expression), runs=3)


@pytest.mark.parametrize("expression", [
    "f + 2", "f - 2", "f * 2", "f / 2", "f // 2", "f % 2", "f ** 2", "f + 1.5", "f / 0.5",
    "2 + f", "2 - f", "2 * f", "2 / f", "2 // f", "2 % f", "2 ** f", "1.5 - f", "1.5 / f",
    "i + 1", "3 - i", "i // 2", "7 // i", "i / 2", "i % 4", "i * -1", "l + 1", "2 ** l",
    "p & True", "True | q", "False ^ p", "z + 1", "z * (1 + 2j)", "2. * z", "s + 'x'", "'x' + s",
    "d * 0.1", "0.1 * d", "1 / d",
])
def test_operator_with_a_python_value(same_as_eager, expression):
    same_as_eager(program(expression), runs=3)


@pytest.mark.parametrize("expression", [
    "f + f32", "f32 + f", "f - f32", "f32 - f", "f * f32", "f32 * f", "f / f32", "f32 / f",
    "f32 ** f", "f32[None] @ tf.reshape(f, [3, 1])",
    "m @ np.eye(2, dtype=np.float32)",
    "np.eye(2, dtype=np.float32) @ m", "i + ints", "ints * i", "ints // i", "f < f32", "f32 < f",
    "f == f32", "d + f64", "f64 - d", "f * np.float32(3)", "np.float32(3) * f",
    "i + np.int32(1)", "f + [1., 2., 3.]", "[1., 2., 3.] - f", "f * (1., 2., 3.)",
    "f < [9., 0., 9.]",
    "f + f64", "f + np.float64(3)", "np.float64(3) * f", "l + ints",
])
def test_operator_with_a_numpy_value_or_a_list(same_as_eager, expression):
    same_as_eager(program(expression), runs=3)


@pytest.mark.parametrize("expression", [
    "f < 2", "f <= 1.", "f > 2", "f >= 3.", "2 < f", "2 >= f", "f == 1", "f != 1", "1 == f",
    "f == g", "f != g", "i < j", "i == 5", "p == q", "p != True", "s == 'c'", "s != ['ab', 'c']",
    "z == z", "f == [1., 2., 3.]",
])
def test_comparison(same_as_eager, expression):
    same_as_eager(program(expression), runs=3)


@pytest.mark.parametrize("expression", [
    "f == None", "f != None", "None == f", "f == 'x'", "f == tf.constant([1., 2.])",
])
def test_comparison_of_what_cannot_be_equal(same_as_eager, expression):
    same_as_eager(program(expression), plans=False)


@pytest.mark.parametrize("expression", [
    "f + i", "i + f", "f + d", "i + 1.5", "f + None", "f + 'x'", "f & f", "~f", "i * 1j", "f @ f",
    "f + tf.ones([4])", "m @ tf.ones([3, 2])", "divmod(i, 2)", "f < 'a'", "f << 2", "f[0] @ f[1]",
    "p + q", "s * 2", "s - s", "i + ['a', 'b', 'c']", "i + np.array(['a'])", "f ** 'a'",
])
def test_operator_refuses_what_eager_refuses(same_as_eager, expression):
    same_as_eager(program(expression), plans=False)


@pytest.mark.parametrize("statement", [
    "x += 1", "x -= g", "x *= f32", "x /= 2", "x //= 2.", "x %= 3", "x **= 2",
])
def test_augmented_assignment_leaves_the_old_tensor_alone(same_as_eager, statement):
    same_as_eager(
        f"{PREAMBLE}\n    x = f * 1.\n    y = x\n    {statement}\n    show(x, y)\n", runs=3
    )


def test_augmented_assignment_of_bools(same_as_eager):
    same_as_eager(f"{PREAMBLE}\n    x = p\n    x &= q\n    y = p\n    y |= q\n    show(x, y, p)\n")


def test_chained_comparison_takes_the_truth_of_each_part(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(3) * 1
        print(bool(1 < x < 5), bool(1 < x < 2), bool(5 > x >= 3))
    """)


def test_builtins_that_use_operators(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2., 3.]) * 2
        show(sum(x), max(x), min(x), sorted(x, reverse=True), any(x > 5), all(x > 0))
        show(list(zip(x, x)), list(enumerate(x)), list(reversed(x)), list(map(float, x)))
    """)


def test_sum_of_a_list_of_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        show(sum([tf.ones([2]) * k for k in range(4)]))
    """)


def test_operator_whose_left_operand_is_new_and_right_operand_a_new_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        for k in range(4):
            x = v * 3.
            print(x.numpy())
            y = x * v
            show(y)
            z = v - x
            show(z)
    """)


def test_operator_whose_left_operand_is_new_and_right_operand_an_array(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.constant([1., 2.])
        print(x.numpy())
        n = np.array([3., 4.], np.float32)
        for k in range(4):
            y = x * 1.
            print(y.numpy())
            z = y * n
            show(z, n - z + y * x)
    """)
