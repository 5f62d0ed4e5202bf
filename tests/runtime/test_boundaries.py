"""Tensors handed to code that is not marked, and op calls inside graphs that others build."""

import threading
import types

import keras
import numpy as np
import pytest
import tensorflow

import tfimp as tf
from tfimp.runtime.tensor import Tensor

from .unmarked import converted


def test_tf_functions(same_as_eager):
    same_as_eager("""
        import tensorflow as tf


        @tf.function
        def f(x, y):
            if tf.reduce_sum(x) > 3:
                return x * y
            return x + y


        for i in range(5):
            a = tf.constant([1.0, i * 1.0])
            b = a * 2
            show(f(a, b), f(b, a) + 1, f(a * 1, tf.constant(2.0)))
        v = tf.Variable(1.0)


        @tf.function
        def g():
            v.assign_add(1.0)
            return v * 2


        for i in range(4):
            v.assign_add(10.0)
            r = g()
            show(r, v, v + 1)
    """)


def test_control_flow_of_tensorflow(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0, 3.0])
        show(
            tf.map_fn(lambda t: t * 2 + 1, x),
            tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2.0), (tf.constant(0), x)),
            tf.cond(x[0] > 0, lambda: x * 2, lambda: x),
            tf.scan(lambda a, t: a + t, x),
            tf.foldl(lambda a, t: a + t, x),
            tf.case([(x[0] > 3, lambda: x)], default=lambda: -x),
            tf.vectorized_map(lambda t: t * t, x),
            tf.switch_case(tf.constant(1), [lambda: x, lambda: x + 1]),
        )
        k = x * 3
        show(tf.map_fn(lambda t: t + k, x), tf.cond(k[0] > 1, lambda: k + x, lambda: k))
    """, plans=False)


def test_datasets(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        k = tf.constant(2.0) * 3
        ds = (
            tf.data.Dataset.from_tensor_slices(np.arange(4, dtype=np.float32))
            .map(lambda t: t * k + tf.reduce_sum(t))
            .batch(2)
        )
        for b in ds:
            show(b, b * 2)
        show([b * 2 for b in ds], next(iter(ds)))
        v = tf.Variable(1.0)
        v.assign_add(2.0)
        ds = tf.data.Dataset.range(3).map(lambda i: tf.cast(i, tf.float32) + k)
        show(list(ds.as_numpy_iterator()))
        ds2 = tf.data.Dataset.from_tensor_slices((k * tf.ones([3]), tf.range(3))).shuffle(
            3, seed=1
        )
        show([(float(a), int(b)) for a, b in ds2])
        ds3 = tf.data.Dataset.from_generator(
            lambda: (i * 2 for i in range(3)), output_signature=tf.TensorSpec([], tf.int32)
        )
        show([i + 1 for i in ds3])
        show(ds.reduce(tf.constant(0.0), lambda a, t: a + t) + k)
    """, plans=False)


def test_containers_as_arguments(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        import collections

        P = collections.namedtuple('P', 'a b')
        x = tf.constant([1.0, 2.0])
        y = x * 2
        show(
            tf.nest.map_structure(lambda t: t + 1, {'a': x, 'b': (y, [x])}),
            tf.add_n([x, y]),
            tf.add_n((x, y)),
            tf.nest.flatten(P(x, y)),
            tf.concat([x, [5.0], np.ones(1, np.float32)], 0),
            tf.stack([x[0], 3.0, y[1]]),
            tf.convert_to_tensor([x[0], y[1]]),
            tf.convert_to_tensor([[x[0], 1.0], [2.0, y[1]]]),
            tf.cast([x[0], 1.0], tf.int32),
            tf.reduce_sum([x, y]),
            tf.linalg.global_norm([x, None, y]),
            tf.clip_by_global_norm([x, y], 1.0),
        )
    """, plans=False)


def test_modules_of_variables(same_as_eager):
    same_as_eager("""
        import tensorflow as tf


        class Lin(tf.Module):
            def __init__(self):
                super().__init__()
                self.w = tf.Variable(2.0)
                self.b = tf.Variable(1.0)

            def __call__(self, x):
                return self.w * x + self.b


        m = Lin()
        show(m(3.0), len(m.trainable_variables), [v.name for v in m.variables])
    """)


def test_devices_scopes_and_dependencies(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        with tf.device('/CPU:0'):
            x = tf.ones([2]) * 2
        with tf.name_scope('a'):
            y = x + 1
        with tf.control_dependencies([y]):
            z = y + 1
        with tf.init_scope():
            w = z * 2
        show(x, y, z, w)
    """)


def test_checkpoints(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import tempfile, os
        v = tf.Variable([1., 2.])
        v.assign_add([1., 1.])
        c = tf.train.Checkpoint(v=v)
        p = c.save(os.path.join(tempfile.mkdtemp(), 'c'))
        v.assign([0., 0.])
        c.restore(p)
        show(v, v + 1)
    """, plans=False)


def test_ragged_and_sparse_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        r = tf.ragged.constant([[1.0, 2.0], [3.0]])
        s = tf.sparse.from_dense(tf.constant([[1.0, 0.0], [0.0, 2.0]]) * 2)
        x = tf.ones([2, 1]) * 3
        show(
            r * 2,
            tf.reduce_sum(r, 1),
            (r + 1).to_tensor(),
            tf.sparse.to_dense(s),
            tf.sparse.sparse_dense_matmul(s, x),
            r[0] + 1,
            r.flat_values * 2,
            s.values + 1,
            tf.concat([r, r], 0),
        )
    """)


def test_tensor_arrays(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        ta = tf.TensorArray(tf.float32, size=3)
        x = tf.constant(1.) * 2
        for i in range(3): ta = ta.write(i, x * i)
        show(ta.stack(), ta.read(1) + x)
    """, plans=False)



def unmarked(source):
    module = types.ModuleType("helper")
    exec("import tensorflow as tf\nimport numpy as np\n" + source, module.__dict__)
    return module


def test_helper_of_an_unmarked_module_takes_tensors(tier):
    helper = unmarked("def f(x, y): return tf.reduce_sum(x * 2) + tf.nn.relu(y) + x[0]")
    for i in range(5):
        x = tf.constant([1., 2.]) * i
        result = helper.f(x, x + 1)
        assert np.allclose(result, 6 * i + np.array([i + 1, 2 * i + 1]) + i)
        assert np.allclose(tf.identity(result) + x, 6 * i + np.array([2 * i + 1, 4 * i + 1]) + i)


def test_every_kind_of_conversion_by_an_unmarked_helper(tier):
    helper = unmarked("""
def f(x):
    return [tf.convert_to_tensor(x), tf.constant([1., 1.]) * x, x * tf.constant([1., 1.]),
            tf.stack([x, x])[0], tf.concat([x, [9.]], 0)[:2], tf.raw_ops.Identity(input=x),
            tf.cast(x, tf.float64), np.asarray(x), tf.Variable(x), tf.identity(x)]
""")
    for i in range(5):
        for value in helper.f(tf.constant([1., 2.]) * i):
            assert np.allclose(value, [i, 2 * i])


def test_tf_function_of_an_unmarked_module_takes_tensors(tier):
    helper = unmarked("""
traces = []
@tf.function
def f(x, y=1.):
    traces.append(1)
    return x * 2 + y
""")
    for i in range(5):
        x = tf.constant([1., 2.]) * i
        assert np.allclose(helper.f(x), [2 * i + 1, 4 * i + 1])
        assert np.allclose(helper.f(x, y=x), [3 * i, 6 * i])
    assert len(helper.traces) == 2


def test_gradient_through_an_unmarked_helper_is_not_lost(tier):
    helper = unmarked("def f(x): return tf.exp(x) * 2.")
    for _ in range(4):
        x = tf.constant([1., 2.])
        y = helper.f(x * 3) + x
        (g,) = tf.gradients(y, x)
        assert np.allclose(g, 6 * np.exp([3., 6.]) + 1, rtol=1e-4)


@pytest.mark.parametrize("penalty", [
    "tf.nn.l2_loss(w)", "tf.reduce_sum(tf.square(w))", "tf.reduce_sum(w * w)",
    "tf.add_n([w, w])[0]", "tf.norm(tf.stack([w, w]))", "tf.reduce_sum(tf.constant([2., 3.]) * w)",
    "tf.reduce_mean(tf.math.log1p(tf.abs(w)))", "tf.tensordot(w, w, 1)", "tf.gather(w, 1)",
    "tf.reduce_sum(tf.raw_ops.Tanh(x=w))", "tf.einsum('i,i->', w, w)",
])
def test_gradient_of_what_an_unmarked_helper_computes_from_a_variable(tier, penalty):
    helper = unmarked(f"def f(w): return {penalty}")
    w = tf.Variable([3., 4.])
    for _ in range(4):
        (g,) = tf.gradients(tf.reduce_sum(w) + helper.f(w), w)
        bare = tensorflow.Variable(w.numpy())
        with tensorflow.GradientTape() as tape:
            y = tensorflow.reduce_sum(bare) + helper.f(bare)
        expected = tensorflow.convert_to_tensor(tape.gradient(y, bare))
        assert np.allclose(g, expected, rtol=1e-4)
        w.assign_sub(0.1 * g)


@pytest.mark.parametrize("call", [
    "tf.concat([c, x], 0)", "tf.concat([x, c], 0)", "tf.stack((c, x))", "tf.add_n([c, x])",
    "tf.stack([[x[0], 1.], [x[1], 2.]])", "tf.einsum('i,i->', c, x)", "tf.where(c > 0, x, c)",
    "tf.meshgrid(x, c)[0]", "tf.cond(x[0] > 0, lambda: x * 2, lambda: x)", "sum([x, c])",
])
@pytest.mark.parametrize("x", [tf.Variable([3., 4.]), tf.constant([3., 4.])])
def test_unmarked_helper_mixes_our_tensors_with_its_own(tier, call, x):
    helper = unmarked(f"c = tf.constant([1., 2.])\ndef f(x): return {call}")
    bare = tensorflow.Variable([3., 4.])
    with tensorflow.GradientTape() as tape:
        y = helper.f(bare)
    expected = tensorflow.convert_to_tensor(tape.gradient(y, bare))
    for _ in range(4):
        result = helper.f(x)
        (g,) = tf.gradients(result, x)
        assert np.allclose(result, y) and np.allclose(g, expected)


def test_tensors_of_unmarked_code_alone_stay_its_own(tier):
    helper = unmarked("""
c, v = tf.constant([1., 2.]), tf.Variable([3., 4.])
def f(): return tf.concat([c, v], 0), tf.stack([v, v]), tf.einsum('i,i->', c, v), c + v
""")
    for _ in range(4):
        tf.reduce_sum(helper.v * tf.constant([1., 2.])).numpy()
        assert {type(result).__name__ for result in helper.f()} == {"EagerTensor"}


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=",
                                    "==", "!="])
def test_operators_of_tensorflows_own_tensors_on_the_left(tier, symbol):
    elements = tensorflow.data.Dataset.from_tensor_slices([[1., 2.], [3., 4.5]])
    w = tf.Variable([2., 1.5])
    operate = eval(f"lambda left, right: left {symbol} right")
    for _ in range(4):
        for batch in elements:
            for right in (w, w * 1., tf.constant([2., 1.5])):
                result = operate(batch, right)
                assert type(result) is Tensor
                expected = operate(batch.numpy(), np.array([2., 1.5], np.float32))
                assert np.allclose(result, expected, rtol=1e-4)


def test_gradient_behind_operators_of_tensorflows_own_tensors(tier):
    elements = tensorflow.data.Dataset.from_tensor_slices([[[1., 2.]], [[3., 4.]]])
    w = tf.Variable([[2.], [1.5]])
    for _ in range(4):
        for x in elements:
            y = tensorflow.reduce_sum(x) - (x @ w + x + w)
            (g,) = tf.gradients(tf.reduce_sum(y), w)
            assert np.allclose(g, -4 * x.numpy().T - 2)


def test_tensorflow_is_as_it_was_for_unmarked_modules(tier):
    for _ in range(4):
        tf.constant([1., 2.]) * 2
        x = tensorflow.constant([1., 2.])
        assert type(x * 2).__name__ == "EagerTensor"
        assert type(tensorflow.reduce_sum(x)).__name__ == "EagerTensor"
        assert type(tensorflow.Variable(1.)) is not tf.Variable
        assert not hasattr(tensorflow, "new_step")
        assert repr(x * 2).startswith("<tf.Tensor")


def test_results_for_unmarked_callers_of_a_marked_function(tier):
    def marked(x):
        return tf.reduce_sum(x * 2)

    for i in range(5):
        result = marked(tensorflow.constant([1., 2.]) * i)
        assert float(tensorflow.constant(1.) + result) == 6 * i + 1
        assert tensorflow.math.maximum(result, 100.).numpy() == 100.


def test_marked_code_inside_somebody_elses_graph(tier):
    v = tf.Variable(2.)

    def marked(x):
        y = tf.square(x) * v
        return tf.reduce_sum(y) + 1.

    graph = tensorflow.function(marked)
    for i in range(5):
        x = tensorflow.constant([1., 2.]) * i
        assert float(graph(x)) == 10 * i * i + 1 == float(marked(x))
    v.assign(3.)
    assert float(graph(tensorflow.constant([1., 2.]))) == 16.


def test_numpy_operators_with_an_array_on_the_left(tier):
    for i in range(5):
        x = tf.constant([1., 2.]) * i
        y = np.array([3., 4.], np.float32) * x
        assert tf.is_tensor(y)
        assert np.allclose(y, [3 * i, 8 * i])


def test_keras_layers_losses_and_metrics_take_tensors(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        tf.keras.utils.set_random_seed(1)
        layer = tf.keras.layers.Dense(3)
        metric = tf.keras.metrics.Mean()
        for i in range(4):
            x = tf.ones([2, 4]) * i
            y = layer(x)
            loss = tf.keras.losses.MeanSquaredError()(tf.zeros([2, 3]), y)
            metric.update_state(y * 2)
            show(y, y + 1, loss, metric.result(), tf.keras.activations.relu(y * 2))
    """, plans=False)


def test_keras_model_with_fit_on_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = tf.reshape(tf.range(8.), [4, 2]) / 8
        history = model.fit(x * 1., tf.reduce_sum(x, 1, keepdims=True), epochs=2, verbose=0)
        print([f"{loss:.4f}" for loss in history.history["loss"]])
        show(model.predict(x * 2, verbose=0))
    """, plans=False, runs=2)


def test_each_thread_has_its_own_segment(tier):
    results = {}

    def work(k):
        x = tf.constant([1., 2.]) * float(k)
        for _ in range(8):
            x = x * 1.5 + float(k)
            if x[0] > 100:
                x = x / 10.
        results[k] = x.numpy()

    def expected(k):
        x = np.array([1., 2.], np.float32) * k
        for _ in range(8):
            x = x * 1.5 + k
            if x[0] > 100:
                x = x / 10
        return x

    for _ in range(4):
        threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for k in range(1, 5):
            assert np.allclose(results.pop(k), expected(k), rtol=1e-4)


def test_tensor_made_in_one_thread_is_fetched_in_another(tier):
    for _ in range(5):
        seen: list[float] = []
        y = tf.constant(2.) * 3
        thread = threading.Thread(target=lambda y=y, seen=seen: seen.append(float(y + 1)))
        thread.start()
        thread.join()
        assert seen == [7.]
        assert float(y) == 6.
        assert float(y * 2) == 12.


def test_threads_that_train_on_their_own_variables(tier):
    results = {}

    def train(k):
        v = tf.Variable([1., 2.])
        for _ in range(10):
            loss = tf.reduce_sum((v - float(k)) ** 2)
            v.assign_sub(0.1 * tf.gradients(loss, v)[0])
        results[k] = v.numpy()

    threads = [threading.Thread(target=train, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(4):
        assert np.allclose(results[k], k + (np.array([1., 2.]) - k) * 0.8 ** 10, rtol=1e-4)


def test_gradients_warns_where_unmarked_code_hides_the_way():
    v = tensorflow.Variable([3., 4.])
    y = converted(tf.constant([1., 2.]) * v)
    with pytest.warns(UserWarning, match="GradientTape"):
        found = tf.gradients(tf.reduce_sum(y) * 1., [v])
    assert found == [None]


def test_gradients_warns_where_unmarked_code_converts_a_variable():
    v = tf.Variable([3., 4.])
    with pytest.warns(UserWarning, match="GradientTape"):
        found = tf.gradients(converted(v), [v])
    assert found == [None]


def test_gradients_warns_where_a_part_of_the_way_is_hidden():
    v = tf.Variable([3., 4.])
    ragged = tf.RaggedTensor.from_row_lengths(v * 1., [1, 1])
    with pytest.warns(UserWarning, match="GradientTape"):
        found = tf.gradients(tf.reduce_sum(v * 2.) + ragged[1, 0], [v])
    assert found[0].numpy().tolist() == [2., 2.]


def test_gradients_follow_keras_layers():
    assert tf.keras  # asked for in marked code, which has Keras record
    layer = tensorflow.keras.layers.Dense(1)
    layer.build((None, 2))
    y = layer(tf.constant([[1., 2.]]) * 2)
    kernel, bias = tf.gradients(tf.reduce_sum(y) * 1., [v.value for v in layer.trainable_variables])
    assert kernel.numpy().tolist() == [[2.], [4.]]
    assert bias.numpy().tolist() == [1.]


def in_a_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def test_step_of_one_thread_does_not_end_what_another_has_recorded(tier):
    v = tf.Variable(3.0)

    def fetch_in_a_step(y):
        with tf.new_step():
            return float(y)

    for _ in range(4):
        y = v * v
        assert in_a_thread(lambda y=y: fetch_in_a_step(y)) == 9.0
        (g,) = tf.gradients(y, v)
        assert float(g) == 6.0


def test_step_ends_what_another_thread_has_fetched(tier):
    v = tf.Variable(3.0)
    for _ in range(4):
        with tf.new_step():
            y = v * v
            assert in_a_thread(lambda y=y: float(y)) == 9.0
        with pytest.raises(ValueError, match="step has ended"):
            tf.gradients(y, v)


def test_another_thread_sees_the_step_of_an_optimizer(tier):
    w = keras.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build([w])
    x = tf.constant([1.0, 1.0])
    for number in range(1, 6):
        optimizer.apply([x * 1.0], [w])
        expected = [1.0 - 0.5 * number, 2.0 - 0.5 * number]
        assert in_a_thread(lambda: w.numpy().tolist()) == expected
        assert w.numpy().tolist() == expected
