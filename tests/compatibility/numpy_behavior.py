"""Tensors in a process in which TensorFlow's NumPy behaviour is enabled.

`test_tensorflow_numpy.py` has these tests run in a process of their own.
"""

import pytest
import tensorflow as tf

import tfimp

HEAD = """
    import numpy as np
    import tensorflow as tf

    tf.experimental.numpy.experimental_enable_numpy_behavior()
    x = tf.constant([[1., 2.], [3., 4.]]) * 1.
    n = tf.constant([3, 1, 2]) + 0
    v = tf.Variable([1., 2.])
"""


def test_unknown_before_it_is_enabled():
    x = tfimp.constant([1.5, 2.5]) * 1.0
    with pytest.raises(AttributeError, match="experimental_enable_numpy_behavior"):
        _ = x.T
    with pytest.raises(TypeError, match="bad operand type for unary"):
        _ = +x
    assert not hasattr(x, "reshape")
    assert round(x[1]) == 2


def test_traces_from_before_do_not_count(hot):
    def total():
        return (tfimp.constant([1, 2]) + tfimp.cast(tfimp.constant(1.0), tf.float64)).dtype

    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError):
            total()
    tfimp.experimental.numpy.experimental_enable_numpy_behavior()
    assert total() == tf.float64


@pytest.mark.parametrize("expression", [
    "x.T", "x.T @ x", "x.reshape(4)", "x.reshape(-1, 1)", "x.reshape((1, 4))", "x.ravel() * i",
    "x.flatten()", "x.transpose()", "x.transpose((1, 0))", "x.astype(np.int32) + i", "x.clip(i, 3)",
    "x.max()", "x.min(axis=0)", "x.mean(0) * i", "+x", "round(x * 1.37)", "round(x * 1.37, 1)",
    "x.data", "x.ndim", "int(x.size)", "x.tolist()", "x[x > i]", "n + 1.5", "n / i",
    "x + np.float64(i)",
    "n * True", "v * np.float64(2)", "tf.constant(3) + 2.5", "x @ n[:2]",
])
def test_attributes_and_operators(same_as_eager, expression):
    same_as_eager(HEAD + f"""
    for i in range(1, 6):
        show({expression})
    """, plans=False)


def test_gradients(same_as_eager):
    same_as_eager(HEAD + """
    for i in range(5):
        y = v * i
        z = tf.reduce_sum(y.reshape(2, 1).T * y.clip(0, 3) + y.ravel().max() * y.mean())
        show(z, *tf.gradients(z, [v, y]))
    """)


def test_methods_of_what_waits_are_recorded(hot):
    v = tfimp.Variable([1.0, 2.0])
    for _ in range(4):
        before = tfimp.stats().calls_run_by_tier_0
        assert float((v * 2.0).reshape(2, 1).T.max()) == 4.0
    assert tfimp.stats().calls_run_by_tier_0 == before
