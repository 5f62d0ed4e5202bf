"""`tf.GradientTape` against TensorFlow's own."""

import pytest


def test_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3.0)
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
        show(t.gradient(y, x))
    """)


def test_training_step(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
        b = tf.Variable([0.5, -0.5])
        for i in range(5):
            with tf.GradientTape() as t:
                y = tf.nn.tanh(tf.matmul([[1.0, 2.0]], w) + b)
                l = tf.reduce_sum(y * y)
            gw, gb = t.gradient(l, [w, b])
            w.assign_sub(0.1 * gw)
            b.assign_sub(0.1 * gb)
            show(l, gw, gb)
        show(w, b)
    """)


def test_sources_in_a_nest(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable(2.0)
        b = tf.Variable(1.0)
        with tf.GradientTape() as t:
            y = w * 3.0 + b
        g = t.gradient(y, {'w': w, 'b': [b, w]})
        show(g)
    """)


def test_persistent_tape(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3.0)
        with tf.GradientTape(persistent=True) as t:
            t.watch(x)
            y = x * x
            z = y * y
        show(t.gradient(z, x), t.gradient(y, x), t.gradient(z, y), t.gradient([z, y], [x, y]))
    """)


def test_second_gradient_of_a_tape_that_is_not_persistent_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3.0)
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
            z = y * y
        show(t.gradient(z, x))
        t.gradient(y, x)
    """, plans=False)


def test_unwatched_source(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(3.)
        with tf.GradientTape() as t:
            y = x * x
        show(t.gradient(y, x))
        with tf.GradientTape() as t:
            y = x * x
        show(t.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO))
        with tf.GradientTape() as t:
            y = x * x
        show(t.gradient(y, x, unconnected_gradients='zero'))
    """)


def test_intermediate_source(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3.0)
        with tf.GradientTape(persistent=True) as t:
            t.watch(x)
            y = x * x
            z = tf.sin(y)
        show(t.gradient(z, y), t.gradient(z, [x, y]), t.gradient(y, z))
    """)


@pytest.mark.parametrize("cut", [
    "tf.stop_gradient(x)", "tf.stop_gradient(x) * 2.0", "tf.cast(tf.argsort(x), tf.float32)",
    "tf.cast(x > 0.7, tf.float32)", "tf.stop_gradient(x) + x", "tf.zeros_like(x)", "tf.round(x)",
])
def test_intermediate_source_that_no_gradient_reaches(same_as_eager, cut):
    same_as_eager(f"""
        import tensorflow as tf

        x = tf.constant([0.3, 0.5]) * 2.0
        for i in range(3):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = {cut}
                z = tf.reduce_mean(y)
            show(tape.gradient(z, y), tape.gradient(z, x), tape.gradient([z, x], [y, x]))
    """)


def test_output_gradients(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
        show(t.gradient(y, x, output_gradients=tf.constant([10.0, 100.0])))
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
        show(t.gradient(y, x, output_gradients=[[10.0, 100.0]]) if False else 0)
    """)


def test_second_order_by_nested_tapes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(3.)
        for i in range(4):
            with tf.GradientTape() as t2:
                with tf.GradientTape() as t1:
                    y = x * x * x
                dy = t1.gradient(y, x)
            d2 = t2.gradient(dy, x)
            show(y, dy, d2)
            x.assign_add(1.)
    """)


def test_third_order_by_nested_tapes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        with tf.GradientTape() as t3:
            t3.watch(x)
            with tf.GradientTape() as t2:
                t2.watch(x)
                with tf.GradientTape() as t1:
                    t1.watch(x)
                    y = x ** 4
                a = t1.gradient(y, x)
            b = t2.gradient(a, x)
        c = t3.gradient(b, x)
        show(a, b, c)
    """)


def test_inner_gradient_is_a_part_of_the_outer_target(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        with tf.GradientTape() as t2:
            t2.watch(x)
            with tf.GradientTape() as t1:
                t1.watch(x)
                y = x ** 3
            g = t1.gradient(y, x)
            z = y + g * 2
        show(t2.gradient(z, x), g)
    """)


def test_stop_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
            with t.stop_recording():
                z = y * x
            w = y * 3 + z
        show(t.gradient(w, x))
    """)


def test_reset(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(2.0)
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
            t.reset()
            t.watch(x)
            z = x * 3
        show(t.gradient(z, x))
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
            t.reset()
            t.watch(x)
            z = x * 3
        show(t.gradient(y, x))
    """)


def test_op_calls_after_the_tape_are_not_on_it(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        with tf.GradientTape() as t:
            y = x * x
        z = y * 2
        show(t.gradient(z, x))
        with tf.GradientTape() as t:
            y = x * x
        z = y * 2
        show(t.gradient(y, x), z)
    """)


def test_gradient_taken_while_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        with tf.GradientTape(persistent=True) as t:
            y = x * x
            g = t.gradient(y, x)
            z = y * g
        show(g, t.gradient(z, x))
    """)


def test_fetches_while_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable([1., 2.])
        for i in range(4):
            with tf.GradientTape() as t:
                y = x * x
                print(y.numpy())
                z = tf.exp(y * 0.1)
                if z[0] > 1: z = z * 2
                print(z.numpy())
                l = tf.reduce_sum(z * y)
            g = t.gradient(l, x)
            show(g, l)
    """)


def test_variable_written_while_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        for i in range(4):
            with tf.GradientTape() as t:
                y = v * v
                v.assign_add(1.)
                z = y + v * 3
            show(t.gradient(z, v))
    """)


def test_variable_written_after_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        for i in range(4):
            with tf.GradientTape() as t:
                y = v * v * v
            v.assign_add(1.)
            show(t.gradient(y, v), v)
    """)


def test_watched_variables(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(2.0)
        w = tf.Variable(3.0, trainable=False)
        with tf.GradientTape() as t:
            y = v * w
        show(len(t.watched_variables()), [q.numpy() for q in t.watched_variables()])
        show(t.gradient(y, [v, w]))
        with tf.GradientTape(watch_accessed_variables=False) as t:
            t.watch(w)
            y = v * w
        show(t.gradient(y, [v, w]))
    """)


def test_integers_have_no_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3)
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
        show(t.gradient(y, x))
    """)


def test_watch_of_a_nest(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        a = tf.constant(1.0)
        b = tf.constant(2.0)
        with tf.GradientTape() as t:
            t.watch([a, {'b': b}])
            y = a * b
        show(t.gradient(y, [a, b]))
    """)


def test_watch_of_a_number_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        with tf.GradientTape() as t:
            t.watch(3.)
    """, plans=False)


def test_several_targets(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as t:
            y = x * x
            z = x * 3
        show(t.gradient([y, z], x))
        with tf.GradientTape() as t:
            y = {'a': x * x, 'b': x * 3}
        show(t.gradient(y, x))
    """)


def test_loops_of_varying_length(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(1.1)
        for n in (2, 3, 5, 4, 7, 3):
            with tf.GradientTape() as t:
                y = x
                for i in range(n):
                    y = y * x + i
            show(t.gradient(y, x), y)
    """)


def test_jacobian(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable([1., 2.])
        with tf.GradientTape() as t:
            y = x * x
        show(t.jacobian(y, x))
    """, plans=False)


def test_batch_jacobian(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x
        show(t.batch_jacobian(y, x))
    """, plans=False)


def test_op_calls_of_several_results(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable([3.0, 1.0, 2.0])
        with tf.GradientTape(persistent=True) as t:
            m, v = tf.nn.moments(x, [0])
            k = tf.math.top_k(x, 2).values
            a, b, c = tf.unstack(x)
            s = tf.split(x, 3)
            l = m * v + tf.reduce_sum(k * k) + a * b * c + s[0][0]
        show(
            t.gradient(l, x),
            t.gradient(v, x),
            t.gradient(k, x),
            t.gradient(a, x),
            t.gradient(s[1], x),
            t.gradient([a, b], x),
        )
    """)


def test_gradient_of_a_gather(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        with tf.GradientTape() as t:
            y = tf.gather(x, [0, 2, 0])
            l = tf.reduce_sum(y * y)
        g = t.gradient(l, x)
        show(tf.convert_to_tensor(g))
    """)


def test_custom_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        @tf.custom_gradient
        def f(x):
            def grad(dy): return dy * 100.
            return x * x, grad
        x = tf.Variable(2.)
        for i in range(3):
            with tf.GradientTape() as t:
                y = f(x) + tf.stop_gradient(x) * x
            show(y, t.gradient(y, x))
    """, plans=False)


def test_gradient_through_a_tf_function_with_a_captured_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable(2.0)


        @tf.function
        def f(a):
            return a * a * x


        for i in range(4):
            with tf.GradientTape() as t:
                a = x * 3.0
                y = f(a) + a
            show(y, t.gradient(y, x))
            x.assign_add(1.0)
    """, plans=False)


def test_gradient_through_a_py_function(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        for i in range(3):
            with tf.GradientTape() as t:
                y = tf.py_function(lambda a: a * a, [x * 1.], tf.float32) * x
            show(y, t.gradient(y, x))
    """, plans=False)


def test_gradient_does_not_redraw(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(5)
        x = tf.Variable([1.0, 2.0])
        for i in range(5):
            with tf.GradientTape() as t:
                n = tf.random.normal([2])
                y = tf.reduce_sum(tf.nn.dropout(x * n, 0.5) * n)
            show(n, y, t.gradient(y, x))
    """, plans=False)


def test_gradient_through_tensorflows_own_control_flow(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable([1., 2.])
        for i in range(3):
            with tf.GradientTape() as t:
                a = x * 2
                y = tf.map_fn(lambda e: e * e, a)
                z = tf.cond(a[0] > 0, lambda: y * a, lambda: y)
                _, w = tf.while_loop(lambda i, q: i < 3, lambda i, q: (i + 1, q * a), (0, z))
            show(w, t.gradient(w, x))
    """, plans=False)


def test_complex_numbers(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        z = tf.Variable(1 + 2j)
        with tf.GradientTape() as t:
            y = tf.math.real(z * z * tf.math.conj(z))
        show(t.gradient(y, z))
    """)


def test_float64_and_casts(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2., dtype=tf.float64)
        for i in range(3):
            with tf.GradientTape() as t:
                y = tf.exp(x) * 2 + tf.cast(tf.cast(x, tf.float32) * 3, tf.float64)
            show(t.gradient(y, x))
    """)


def test_gradient_ends_at_numpy(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.Variable([1., 2.])
        with tf.GradientTape() as t:
            y = tf.constant(np.sum(x.numpy() ** 2)) * x[0]
        show(t.gradient(y, x))
    """, plans=False)


def test_tape_that_records_cannot_be_entered_again(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        t = tf.GradientTape()
        with t:
            y = x * x
            with t:
                pass
    """, plans=False)


def test_keras_optimizer(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        opt = tf.keras.optimizers.SGD(0.1, momentum=0.9)
        for i in range(5):
            with tf.GradientTape() as t:
                l = tf.reduce_sum((v - 3.) ** 2)
            opt.apply_gradients([(t.gradient(l, v), v)])
            show(l, v)
    """, plans=False)


def test_keras_model(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        tf.keras.utils.set_random_seed(1)
        d = tf.keras.layers.Dense(3)
        m = tf.keras.Sequential([d, tf.keras.layers.ReLU(), tf.keras.layers.Dense(1)])
        opt = tf.keras.optimizers.Adam(0.01)
        x = np.random.RandomState(0).randn(8, 4).astype(np.float32)
        for i in range(5):
            with tf.GradientTape() as t:
                l = tf.reduce_mean(m(x) ** 2)
            gs = t.gradient(l, m.trainable_variables)
            opt.apply_gradients(zip(gs, m.trainable_variables))
            show(l, gs)
        show(m.trainable_variables[0].numpy())
    """, plans=False, rtol=1e-4)


def test_linear_regression(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(0)
        X = tf.random.normal([20, 3])
        W = tf.constant([[1.0], [2.0], [3.0]])
        Y = tf.matmul(X, W)
        w = tf.Variable(tf.zeros([3, 1]))
        for step in range(20):
            with tf.GradientTape() as t:
                loss = tf.reduce_mean(tf.square(tf.matmul(X, w) - Y))
            g = t.gradient(loss, w)
            w.assign_sub(0.1 * g)
            if step % 5 == 0:
                print(step, round(float(loss), 3))
        show(w)
    """)



def test_constant_target_has_no_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        for source in (x, [], [x, x]):
            with tf.GradientTape() as tape:
                y = tf.constant(5.)
            show(tape.gradient(y, source))
            with tf.GradientTape() as tape:
                y = x * 1.
            show(tape.gradient(x, source), y)
    """, plans=False)


def test_source_none_is_refused(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(2.)
        with tf.GradientTape() as tape:
            y = x * 1.
        tape.gradient(y, None)
    """, plans=False)


def test_forward_accumulator(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.)) as accumulator:
            y = x * x
        show(accumulator.jvp(y))
    """, plans=False)


def test_tape_of_unmarked_code_sees_op_calls_of_marked_code(tier):
    import tensorflow

    import tfimp as tf

    v = tensorflow.Variable(3.)
    for _ in range(4):
        with tensorflow.GradientTape() as tape:
            y = tf.square(v) * 2.
            target = tensorflow.convert_to_tensor(y)
        assert float(tape.gradient(target, v)) == 12.


def test_tensor_that_unmarked_code_converts_twice_counts_once(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked
        v = tf.Variable([2., 3.])
        x = tf.constant([1., 2.]) * 2
        for _ in range(4):
            with tf.GradientTape() as tape:
                tape.watch(x)
                z = tf.reduce_sum(unmarked.passed_through(x, v) ** 2)
            show(tape.gradient(z, [v, x]))
    """, plans=False)


def test_native_call_between_two_unmarked_calls_counts_once(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked
        x = tf.constant([1., 2.])
        for _ in range(4):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = unmarked.converted(x)
                z = unmarked.converted(tf.map_fn(lambda row: row * row, y))
            show(tape.gradient(z, x))
    """, plans=False)


def test_target_that_unmarked_code_computed(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked
        x = tf.constant([1., 2.])
        v = tf.Variable(3.)
        for _ in range(4):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = unmarked.converted(x * v)
                z = unmarked.converted(y * 2)
            show(tape.gradient(y, [x, v]), tape.gradient(z, [x, v]))
    """, plans=False)


def test_what_unmarked_code_computed_counts_once_though_it_is_converted_again(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked

        v = tf.Variable([1., 2., 3.])
        for _ in range(3):
            with tf.GradientTape() as tape:
                x = v * v
                e = unmarked.converted(x)
                a = tf.map_fn(lambda row: row * 2., e)
                b = tf.map_fn(lambda row: row * row, e)
                y = a + b + unmarked.converted(e)
            show(tape.gradient(y, v))
    """, plans=False)


def test_value_that_comes_back_from_unmarked_code_beside_its_tensor_counts_once(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        for number in range(6):
            with tf.GradientTape(persistent=True) as tape:
                x = v * v
                s = tf.SparseTensor([[0], [1], [2]], x, [3])
                y = x * s.values * v if number % 2 else s.values * v * x
            show(tape.gradient(y, [v, x]), tape.gradient(y, s.values), tape.gradient(x, v),
                 tape.gradient(s.values, v), tape.gradient(y, [v, s.values]))
    """, plans=False)


def test_source_that_unmarked_code_computed(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked

        v = tf.Variable([1., 2., 3.])
        for _ in range(3):
            with tf.GradientTape(persistent=True) as tape:
                e = unmarked.converted(v * v)
                f = unmarked.converted(e)
                y = e * v + f * 2.
            show(tape.gradient(y, e), tape.gradient(y, f), tape.gradient(y, [e, v, f]),
                 tape.gradient(f, [e, v]), tape.gradient(e, [f, v], e + 1.))
            with tf.GradientTape() as tape:
                y = e * v
            show(tape.gradient(y, [e, v]))
    """, plans=False)


def test_watched_tensor_of_unmarked_code(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from tests.runtime import unmarked

        v = tf.Variable([1., 2., 3.])
        c = unmarked.converted(tf.constant([1., 2., 3.]))
        for batch in tf.data.Dataset.from_tensor_slices([[1., 2., 4.], [4., 5., 6.]]):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(batch)
                y = batch * batch * v + c
                z = unmarked.converted(batch)
                both = z * y
            show([tape.gradient(target, [batch, c, v]) for target in (y, z, both)])
    """, plans=False)


def test_source_with_a_value_through_a_keras_layer(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        layer = tf.keras.layers.Dense(1, kernel_initializer='ones')
        layer.build((None, 2))
        x = tf.constant([[1., 2.]])
        for _ in range(4):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x)
            show(tape.gradient(y, x))
    """, plans=False)


def test_recurrent_keras_layer(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        layer = tf.keras.layers.SimpleRNN(2, kernel_initializer='ones')
        layer.recurrent_initializer = 'ones'
        layer.build((None, 2, 2))
        layer.set_weights([[[1., .5], [.2, .1]], [[1., 0.], [.3, .2]], [0., .1]])
        for _ in range(4):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(layer(tf.ones([1, 2, 2])) ** 2)
            show(tape.gradient(y, layer.trainable_variables))
    """, plans=False)


LOOKUPS = {
    "one": "tf.gather(v, [0, 2, 0])",
    "two": "tf.gather(v, [0, 2, 0]) + tf.gather(v, [1, 1, 0])",
    "and a dense use": "tf.gather(v, [0, 2, 0]) * tf.reduce_sum(v)",
    "fetched on the way": "tf.gather(v, [0, 2, int(tf.gather(v, 0)[0]) - 1])",
    "in unmarked code": "looked_up(v, [0, 2, 0])",
}


@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=list(LOOKUPS))
def test_gradient_of_a_lookup_is_indexed_slices(same_as_eager, lookup):
    same_as_eager(f"""
        import tensorflow as tf
        from tests.runtime.unmarked import looked_up
        v = tf.Variable([[1., 2.], [3., 4.], [5., 6.]])
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(({lookup}) ** 2)
        g = tape.gradient(y, v)
        show(isinstance(g, tf.IndexedSlices), tf.linalg.global_norm([g]))
        (clipped,), norm = tf.clip_by_global_norm([g], 1.)
        show(tf.convert_to_tensor(g), tf.convert_to_tensor(clipped), norm)
        v.assign_sub(g)
        show(v)
    """, plans=False)


def test_optimizer_that_treats_indexed_slices_on_their_own(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        table = tf.keras.layers.Embedding(5, 2, embeddings_initializer='ones')
        optimizer = tf.keras.optimizers.Adam(0.1)
        for _ in range(3):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(table(np.array([[1, 2, 3], [4, 1, 1]])) * [[1., 2.]])
            gradients = tape.gradient(y, table.trainable_variables)
            optimizer.apply_gradients(zip(gradients, table.trainable_variables))
            show(table.embeddings.numpy())
    """, plans=False)


def test_gradients_of_a_target_that_has_none_in_a_graph(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([[0.1, -1.0, 3.0]])
        with tf.GradientTape(persistent=True) as tape:
            b = tf.constant([[1.5, -1.0, 3.0]]) <= v
        show(tape.gradient(b, [v]), tape.gradient(v, [v], unconnected_gradients='zero'))
    """, plans=False)


def test_target_that_is_a_source(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.tanh(tf.constant([1., 2.]))
        with tf.GradientTape() as tape:
            y = x
        show(tape.gradient(y, x))
    """, plans=False)


def test_forward_accumulator_entered_twice_leaves_no_trace(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(3.)
        for i in range(6):
            accumulator = tf.autodiff.ForwardAccumulator(x, tf.constant(1.))
            try:
                with accumulator:
                    y = x * x
                    with accumulator:
                        pass
            except ValueError as error:
                show(str(error))
            show(accumulator.jvp(y), y * 2.)
    """)


def test_what_is_computed_after_a_tape_has_stopped_is_not_on_it(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        c = tf.Variable([1., 2.], trainable=False)
        v = tf.Variable([3., 4.])
        for i in range(3):
            x = tf.constant([1., 2.]) * (i + 1.)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = x * x * v[:2]
                d = c[:2] * 3.
                e = d * v[:2]
            float(y[0])
            p = x * 3.
            show(tape.gradient(p, x), tape.gradient(y, x), tape.gradient(e, [d, v, c]))
            q = tf.map_fn(lambda t: t * 2., x)
            o = q * x
            show(tape.gradient(o, x), tape.gradient(q, x), tape.gradient(x, x))
    """, plans=False)
