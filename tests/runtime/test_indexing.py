"""Indexing and slicing."""

import pytest

PREAMBLE = """
    import numpy as np
    import tensorflow as tf
    x = tf.reshape(tf.range(24.), [2, 3, 4])
    v = tf.Variable(tf.reshape(tf.range(24.), [2, 3, 4]))
    k = tf.constant(1)
    ks = tf.constant([0, 2])
"""


@pytest.mark.parametrize("index", [
    "0", "-1", "0, 1", "0, 1, 2", ":, 1", "..., 1", "None", ":, None, :, 1:3", "::2", ":, ::-1",
    "1:, 1:2, ...", "..., None", "tf.newaxis", "-1:", ":-1", "0, -2:, 1", "...", ":, :, 3:0:-2",
    "k", ":, k", "k:", "0, k:k + 1", ":k, k", "x > 5", "np.int32(1)", "np.array(1)",
    "tf.constant(1, tf.int64)", "0, 2, k",
])
@pytest.mark.parametrize("of", ["x", "v"])
def test_index(same_as_eager, of, index):
    same_as_eager(f"{PREAMBLE}\n    show({of}[{index}] * 2)\n", runs=3)


@pytest.mark.parametrize("index", [
    "ks", "True", "1.0", "'a'", "5", "0, 0, 0, 0", "[0, 1]", "np.array([True, False])", "0:'a'",
    "1.5:", "0, 5", "-3", "k * 1.",
])
def test_index_refused_or_accepted_as_by_eager(same_as_eager, index):
    same_as_eager(f"{PREAMBLE}\n    show(x[{index}])\n", plans=False)


def test_index_of_index(same_as_eager):
    same_as_eager(f"{PREAMBLE}\n    show(x[0][1][2], x[0][:, 1][k])\n")


def test_boolean_mask_has_as_many_elements_as_are_true(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for bound in (0.0, 2.0, -9.0, 9.0):
            x = tf.constant([1.0, -2.0, 3.0, -4.0])
            y = tf.boolean_mask(x, x > bound)
            show(
                y,
                y * 2,
                tf.reduce_sum(y),
                tf.where(x > bound),
                tf.shape(y),
                y.shape,
                x[x > bound],
            )
    """)


def test_tensor_as_index_of_python_and_numpy(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        i = tf.constant(3) * 2
        print(
            [10, 20, 30, 40, 50, 60, 70][i],
            "abcdefgh"[i],
            np.arange(10)[i],
            hex(i),
            list(range(i)),
        )
        print([1, 2, 3, 4][: tf.constant(2) + 1])
    """)


def test_iteration_over_rows_and_elements(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([[1., 2.], [3., 4.]]) * 2
        for row in x:
            show(row * 2)
            for element in row:
                show(element + 1)
        a, b = x
        show(a, b, [float(e) for e in a])
    """)


def test_iteration_over_a_range(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        print([int(i) for i in tf.range(6) if i % 2 == 0])
    """)


def test_iteration_over_a_scalar_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for i in tf.constant(1) * 2:
            pass
    """, plans=False)


def test_item_assignment_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.ones([2]) * 2
        x[0] = 1.
    """, plans=False)
