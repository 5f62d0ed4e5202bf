"""Static shapes whose sizes have a `value`, after TensorFlow 1's switches.

What eager mode shows after `disable_v2_tensorshape` is the oracle.
"""

from typing import Any

import pytest
import tensorflow

import tfimp
from tests import differential
from tfimp.runtime.version_1.dimensions import use_dimensions


@pytest.fixture(autouse=True)
def integers():
    """Both have integers in shapes again after each test."""
    yield
    tensorflow.compat.v1.enable_v2_tensorshape()
    use_dimensions(False)


def test_sizes_have_a_value(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.compat.v1.disable_v2_tensorshape()
        v = tf.Variable(tf.ones([2, 3]))
        free = tf.Variable([1.0], shape=[None])
        for i in range(1, 4):
            x = tf.ones([i, 3]) * 2.0
            print(x.shape[0].value, x.get_shape()[1].value, v.shape[1].value, free.shape[0].value)
            print(x.shape, [d.value for d in x.shape], [d.value for d in x.shape[1:]])
            print(list(x.shape), x.shape[0], f"{x.shape[0]}", x.shape == [i, 3], len(x.shape))
            print(x.shape[-1].is_compatible_with(3), x.shape.concatenate([7])[2].value)
            y = tf.reshape(x, [x.shape[1], -1]) + tf.zeros([x.shape[1], x.shape[0]])
            z = tf.matmul(v, y) / tf.cast(x.shape[0], tf.float32)
            (gradient,) = tf.gradients(tf.reduce_sum(z), [v])
            v.assign_sub(0.1 * gradient)
            print([row.shape[0].value for row in z], bool(x.shape[0] > 2))
            show(x, y, z, v, x[x.shape[0] - 1], x[:, : x.shape[1] - 1], x * int(x.shape[0]))
    """, runs=3)


@pytest.mark.parametrize("expression", [
    "(n * m).value", "(n + 1).value", "(2 * n - m).value", "(7 // n).value", "(7 % n).value",
    "n < m", "n == 2", "m != 2", "max(n, m).value", "int(n)", "range(n)", "[0] * n",
    "sum([n, m]).value", "n.merge_with(2).value", "n.merge_with(5)", "n.not_there",
    "np.prod(x.shape.as_list())", "np.zeros([n, m])", "x.shape.num_elements()", "tf.range(m)",
    "tf.constant([n, m])", "tf.TensorShape([n, None])", "x * tf.cast(n * m, tf.float32)",
])
def test_sizes_in_an_expression(expression):
    differential.check(f"""
        import numpy as np
        import tensorflow as tf

        tf.compat.v1.disable_v2_tensorshape()
        x = tf.ones([2, 3]) * 2.0
        n, m = x.shape
        show({expression})
    """, runs=1)


@pytest.mark.parametrize("switch", ["v2_behavior", "v2_tensorshape"])
def test_switches(switch):
    tf: Any = tfimp.compat.v1
    x = tf.ones([2, 3])
    assert not hasattr(x.shape[0], "value")
    getattr(tf, f"disable_{switch}")()
    assert x.shape[0].value == 2
    getattr(tf, f"enable_{switch}")()
    assert not hasattr(x.shape[0], "value")


def test_keras_finds_integers():
    tfimp.disable_v2_behavior()
    tf = tfimp
    x = tf.ones([4, 3]) * 2.0
    model = tf.keras.Sequential([tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x.numpy(), x.numpy()[:, :1], verbose=0)
    assert model(x).shape == [4, 1]
    assert tf.keras.layers.Flatten()(x[None]).shape == [1, 12]
