"""What a tensor shows: text, truth, numbers, arrays, identity."""

import copy
import pickle
import sys

import numpy as np
import pytest
import tensorflow

import tfimp as tf


@pytest.fixture(params=["f32", "f64", "int", "bool", "matrix", "scalar", "empty", "string"])
def array(request):
    return {
        "f32": np.array([1.5, -2.25, 1e-8], np.float32),
        "f64": np.array([1 / 3, 1e300]),
        "int": np.array([1, 2, 300]),
        "bool": np.array([True, False]),
        "matrix": np.arange(2000, dtype=np.float32).reshape(40, 50),
        "scalar": np.float32(0.1),
        "empty": np.zeros([0, 3], np.float32),
        "string": np.array([b"a", b"bc"], object),
    }[request.param]


def computed(array):
    """The array as the result of an op call."""
    return tf.identity(tf.reshape(tf.constant(array), np.shape(array)))


def test_str_is_that_of_numpy(tier, array):
    for _ in range(4):
        assert str(computed(array)) == str(computed(array).numpy())
        assert array.dtype == object or str(computed(array)) == str(array)


def test_repr_is_that_of_numpy(tier, array):
    for _ in range(4):
        assert repr(computed(array)) == repr(computed(array).numpy())


def test_repr_of_the_first_example(tier):
    for _ in range(4):
        x = tf.constant([[7.], [6]])
        y = tf.constant([[6., 7]])
        assert repr(tf.matmul(x, y)) == "array([[42., 49.],\n       [36., 42.]], dtype=float32)"


def test_value_and_numpy_are_numpy_values(tier):
    for _ in range(4):
        x = tf.constant([1., 2.]) * 2
        assert type(x.value) is np.ndarray
        assert type(x.numpy()) is np.ndarray
        assert type(tf.reduce_sum(x).numpy()) is np.float32


def test_numpy_gives_an_array_that_may_be_changed(tier):
    for _ in range(4):
        x = tf.constant([1., 2.]) * 2
        array = x.numpy()
        array[0] = 100.
        assert x.numpy()[0] == 2.
        assert (x + 0).numpy()[0] == 2.


def test_format_follows_the_value(tier):
    for _ in range(4):
        x = tf.constant(3.14159) * 2
        assert f"{x:.2f} {x:8.3f}" == "6.28    6.283"
        assert f"{x}" == f"{x.numpy()}"


@pytest.mark.parametrize("value, truth", [
    (1.5, True), (0., False), (0, False), (-1, True), (True, True), (False, False),
    ([3], True), ([[0.]], False), (np.zeros([0]), False), (np.zeros([0, 4]), False),
])
def test_truth(tier, value, truth):
    for _ in range(4):
        x = tf.identity(tf.constant(value))
        assert bool(x) is truth
        assert (not x) is not truth
        assert (1 if x else 0) == truth


def test_truth_of_several_elements_is_refused(tier):
    for _ in range(4):
        x = tf.constant([1., 2.]) * 2
        with pytest.raises(ValueError, match="truth value of an array with more than one element"):
            bool(x)


def test_numbers(tier):
    for _ in range(4):
        x = tf.constant(3) * 2
        assert int(x) == 6 and float(x) == 6. and complex(x) == 6
        assert range(x) == range(6) and "ab" * int(x) == "ab" * 6 and hex(x) == "0x6"
        assert round(tf.constant(2.567) * 1, 1) == pytest.approx(2.6)
        assert round(tf.constant(2.567) * 1) == 3


def test_int_of_several_elements_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        int(tf.ones([2]) * 2)
    """, plans=False)


def test_index_of_a_float_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        [1, 2, 3][tf.constant(1.) * 1]
    """, plans=False)


def test_length(tier):
    for _ in range(4):
        assert len(tf.zeros([3, 2]) * 2) == 3
        with pytest.raises(TypeError, match="Scalar tensor has no"):
            len(tf.constant(1.) * 2)


def test_shape_and_dtype_need_no_fetch(hot):
    for _ in range(4):
        before = tf.stats().fetches
        x = tf.zeros([3, 2]) * 2
        assert x.shape == (3, 2) and x.shape.as_list() == [3, 2] and x.dtype == tf.float32
        assert x.ndim == 2 and len(x) == 3 and x.get_shape()[0] == 3
        assert tf.stats().fetches == before
        x.numpy()


def test_shape_that_depends_on_values_is_that_of_the_value(tier):
    for bound in (0., 1., 2., 3., 0.):
        x = tf.constant([1., 2., 3.])
        y = tf.boolean_mask(x, x > bound) * 2
        assert y.shape.as_list() == [3 - int(bound)]
        assert y.shape.is_fully_defined()


def test_shape_attributes(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        x = tf.ones([2, 3]) * 2
        show(
            x.shape.as_list(),
            x.get_shape().as_list(),
            x.shape[0],
            x.shape[-1],
            x.shape.rank,
            x.ndim,
        )
        show(x.dtype == tf.float32, tuple(x.shape), x.shape == (2, 3), str(x.shape))
        h, w = x.shape
        show(h * w, np.zeros(x.shape), tf.zeros(x.shape), x.shape.num_elements())
        x.set_shape([2, None])
        show(x)
    """)


def test_set_shape_refuses_another_shape(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.ones([2, 3]) * 2
        x.set_shape([3, None])
    """, plans=False)


def test_op_call_that_returns_its_argument(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1.0, 2.0])
        for i in range(6):
            t = tf.constant([1.0, 2.0]) * float(i)
            with tf.GradientTape() as tape:
                tape.watch(t)
                same = tf.convert_to_tensor(t)
                y = tf.reduce_sum(same * same * tf.cast(x=tf.math.real(t), dtype=tf.float32))
            print(same is t, tf.cast(t, "float32") is t, tf.cast(t, tf.float64) is t)
            print(tf.cast(v, tf.float32) is v, tf.identity(t) is t)
            show(tape.gradient(y, same))
    """)


def test_is_a_tensor(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        x = tf.ones([2]) * 2
        print(isinstance(x, tf.Tensor), tf.is_tensor(x), issubclass(type(x), tf.Tensor))
        print(
            isinstance(3, tf.Tensor),
            isinstance(np.ones(2), tf.Tensor),
            isinstance(x, tf.Variable),
        )
        show(x)
    """)


def test_is_a_tensor_outside_marked_modules(tier):
    x = tf.ones([2]) * 2
    assert tensorflow.is_tensor(x)
    assert isinstance(x, tensorflow.types.experimental.TensorLike)


def test_hash_is_refused_and_ref_serves_instead(tier):
    for _ in range(4):
        x, y = tf.ones([2]) * 2, tf.ones([2]) * 3
        with pytest.raises(TypeError, match="unhashable"):
            hash(x)
        names = {x.ref(): "x", y.ref(): "y"}
        assert names[x.ref()] == "x" and names[y.ref()] == "y"
        assert x.ref().deref() is x and x.ref() != y.ref()


def test_copies_and_pickles(tier):
    for _ in range(4):
        x = tf.constant([1., 2.]) * 2
        assert copy.copy(x) is x and copy.deepcopy({"a": x})["a"] is x
        assert str(pickle.loads(pickle.dumps(x))) == "[2. 4.]"


def test_numpy_functions_take_tensors(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.constant([[1., 2.], [3., 4.]]) * 1
        show(np.sum(x), np.mean(x, axis=0), np.dot(x, x), np.asarray(x), np.array(x), np.exp(x))
        show(np.concatenate([x, x]), np.array([x[0], x[1]]), np.array(x, dtype=np.float64))
        show(np.stack([x[0], x[1]]), np.allclose(x, x), np.linalg.norm(x), np.where(x > 2, x, 0))
    """)


def test_arrays_on_the_value_cannot_be_changed_and_copies_can(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        for x in (tf.constant([1., 2.]), v * 2., tf.constant(3.) * 2., tf.constant(["a", "b"])):
            for array in (np.asarray(x), np.array(x), np.asarray(x, dtype=x.dtype.as_numpy_dtype),
                          np.asarray(v), x.numpy()):
                print(array.flags.writeable, array.dtype, array.shape)
            np.array(x)[...] = x.numpy()
        a = np.asarray(v + 1.)
        a[0] = 5.
    """, plans=False)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes have no buffers before Python 3.12")
def test_value_is_a_buffer(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for x in (tf.constant([1., 2.]), tf.constant([[1, 2]]) * 2, tf.constant(3.) * 2.):
            view = memoryview(x)
            print(view.tobytes(), view.format, view.shape, view.readonly)
        print(bytes(tf.constant([1., 2.]) * 2.), bytearray(tf.constant([True, False])))
        memoryview(x)[0] = 1.
    """, plans=False)


def test_attributes_of_eager_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.ones([2]) * 2
        print(x.device.split(":")[-2:], x.dtype.name, hasattr(x, "foo"), hasattr(x, "numpy"))
        x.foo
    """, plans=False)


def test_static_value_is_known(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        show(tf.get_static_value(tf.ones([2]) * 2))
    """, plans=False)


def test_fetch_gives_the_values_of_a_nest(tier):
    for _ in range(4):
        x = tf.constant([1., 2.])
        v = tf.Variable(3.)
        values = tf.fetch({"a": x * 2, "b": (v, [x + v]), "c": 7})
        assert values["a"].tolist() == [2., 4.] and values["b"][0] == 3.
        assert values["b"][1][0].tolist() == [4., 5.] and values["c"] == 7
