"""Functions of the program's that TensorFlow calls."""

from tests import differential


def test_control_flow_of_tensorflow(hot):
    differential.check("""
        import tensorflow as tf

        for i in range(4):
            x = tf.constant([1.0, 2.0, 3.0]) * i
            show(
                tf.map_fn(lambda a: a * a + i, x),
                tf.scan(lambda a, b: a + b, x),
                tf.foldl(lambda a, b: a - b, x),
                tf.vectorized_map(lambda a: a * 2, x),
                tf.cond(x[0] > 1, lambda: x, lambda: -x),
                tf.while_loop(lambda k, a: k < 3, lambda k, a: (k + 1, a * 2), (0, x)),
                tf.switch_case(tf.constant(i % 2), [lambda: x + 1, lambda: x - 1]),
                tf.case([(x[0] > 5, lambda: 1)], default=lambda: 2),
            )
            show(
                tf.py_function(lambda a: a * 2, [x], tf.float32),
                tf.numpy_function(lambda a: a + 1, [x], tf.float32),
                tf.nest.map_structure(lambda a: a + 1, {"a": x, "b": [x]}),
            )
    """, runs=2)


def test_functions(hot):
    differential.check("""
        import tensorflow as tf

        w = tf.Variable(2.0)


        @tf.function
        def f(x, n):
            s = 0.0
            for i in tf.range(n):
                s += x * tf.cast(i, tf.float32)
            if s > 3.0:
                s = s * w
            w.assign_add(1.0)
            return s


        class C:
            @tf.function
            def m(self, x):
                return x + w


        for i in range(3):
            x = tf.constant(1.0) * i
            show(f(x, tf.constant(3)), f(x, 2), C().m(x), w)
        show(f.experimental_get_tracing_count() if False else 0)
    """, runs=2)


def test_functions_of_nests(hot):
    differential.check("""
        import tensorflow as tf


        @tf.function(reduce_retracing=True)
        def f(a, b=2, *, c=None):
            return {
                "x": a * b,
                "y": [a + 1, (a, None)],
                "z": tf.RaggedTensor.from_row_splits(a, [0, 1, 2]),
            }


        for i in range(3):
            r = f(tf.constant([1.0, 2.0]) * i, c=[tf.ones([1])])
            show(r["x"], r["y"][0], r["y"][1][0], r["y"][1][1], r["z"])
    """, runs=2)


def test_training_step_in_a_function(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        v = tf.Variable([1.0, 2.0])
        opt = tf.keras.optimizers.Adam(0.1)


        @tf.function
        def step(x):
            with tf.GradientTape() as t:
                l = tf.reduce_sum((v * x - 1) ** 2)
            opt.apply_gradients([(t.gradient(l, v), v)])
            return l


        for i in range(4):
            show(step(tf.constant([1.0, 2.0]) * 1))
            show(v)
    """, runs=2)


def test_datasets(hot):
    differential.check("""
        import tensorflow as tf

        v = tf.Variable(2.0)


        def f(x):
            if x > 2:
                return x * 2.0
            return x + v if False else x


        ds = (
            tf.data.Dataset.range(5)
            .map(lambda i: tf.cast(i, tf.float32))
            .map(f)
            .filter(lambda x: x > 0)
        )
        show(list(ds.as_numpy_iterator()))
        for x in ds:
            show(x * v)


        def np_gen():
            for i in range(3):
                yield i, [i] * 2


        for a, b in tf.data.Dataset.from_generator(np_gen, output_types=(tf.int32, tf.int32)):
            show(a + 1, b)
        for a in tf.data.Dataset.from_tensors(tf.ones([2]) * 3).repeat(2).enumerate():
            show(a)
        for w in tf.data.Dataset.range(6).window(3):
            show([x for x in w])
    """, runs=2)
