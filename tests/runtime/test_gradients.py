"""`tf.gradients` against one large tape of TensorFlow's, inside segments and across fetches."""

import numpy as np
import pytest

import tfimp as tf


def test_gradient_inside_the_segment(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(3.)
        y = x * x
        g = tf.gradients(y, x)
        show(g)
    """)


def test_gradient_across_fetches(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0])
        y = tf.exp(x)
        print(y.numpy())
        z = y * y
        print(z.numpy())
        w = tf.reduce_mean(z * y)
        show(
            tf.gradients(w, x),
            tf.gradients(w, [x, y, z]),
            tf.gradients(z, y),
            tf.gradients([w, y], [x]),
        )
    """)


def test_gradient_of_exp_is_exp(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        v = tf.Variable(np.array([[1., 2., 3.]]))
        y = tf.exp(v)
        dy = tf.gradients(y, v)
        show(y, dy)
    """)


def test_gradient_of_mean(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2., 3., 4.])
        show(tf.gradients(tf.reduce_mean(x), x), tf.gradients(tf.reduce_mean(x * x), x))
    """)


def test_gradient_through_loops_of_varying_length(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(1.5)
        for n in (1, 3, 5, 2):
            y = x * 1.
            for i in range(n):
                y = y * x
            show(tf.gradients(y, x))
    """)


def test_gradient_through_loops_that_fetch_in_each_iteration(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(1.5)
        for n in (1, 3, 5, 2):
            y = x * 1.
            for i in range(n):
                y = y * x + i
                if y > 100: y = y / 2
            show(y, tf.gradients(y, x))
    """)


def test_gradient_uses_the_values_that_variables_had_then(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        y = v * v * v
        v.assign(10.)
        show(tf.gradients(y, v), v)
        z = v * 2
        print(z.numpy())
        show(tf.gradients(y, v), tf.gradients(y + z, v), tf.gradients(z * y, v))
    """)


def test_gradients_of_each_of_many_values_of_a_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        ys = []
        for i in range(5):
            ys.append(v * v)
            v.assign_add(1.)
            if i % 2: print(v.numpy())
        for y in ys: show(tf.gradients(y, v))
        show(tf.gradients(ys, v), tf.gradients(tf.add_n(ys), v))
    """)


def test_gradient_through_a_variable_read_and_written_in_between(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(2.)
        a = v * v
        v.assign_add(1.)
        b = v * a
        v.assign_sub(0.5)
        c = b * v
        show(c, tf.gradients(c, v), tf.gradients(b, [v, a]))
    """)


def test_gradient_ends_at_an_assignment(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(1.0)
        x = tf.constant(2.0)
        v.assign(x * 3)
        y = v * v
        show(tf.gradients(y, [x, v]))
        show(y, tf.gradients(y, [x, v]))
    """)


def test_second_and_third_order_inside_a_segment(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        y = x * x * x
        g = tf.gradients(y, x)[0]
        h = tf.gradients(g, x)[0]
        k = tf.gradients(h, x)[0]
        show(g, h, k)
    """)


def test_second_and_third_order_across_fetches(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        y = x * x * x
        print(y.numpy())
        g = tf.gradients(y, x)[0]
        print(g.numpy())
        h = tf.gradients(g, x)[0]
        print(h.numpy())
        k = tf.gradients(h, x)[0]
        show(g, h, k)
    """)


def test_second_order_with_respect_to_a_variable_across_fetches(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable([1., 2.])
        y = tf.exp(x * x)
        show(y)
        g = tf.gradients(y, x)[0]
        show(g)
        z = tf.reduce_sum(g * g)
        h = tf.gradients(z, x)[0]
        show(h)
        x.assign_add([1., 1.])
        k = tf.gradients(tf.reduce_sum(h), x)[0]
        show(k)
    """)


def test_second_order_of_a_mixture_of_results_and_gradients(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        y = tf.sin(x)
        show(y)
        g = tf.gradients(y, x)[0]
        z = g * y + x
        show(tf.gradients(z, x), tf.gradients(z, [y, x]))
        show(z)
        show(tf.gradients(z, x), tf.gradients(z, [g, y, x]))
    """)


def test_grad_ys(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0])
        y = x * x
        z = x * 3
        show(
            tf.gradients(y, x, grad_ys=tf.constant([10.0, 100.0])),
            tf.gradients([y, z], x, grad_ys=[tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])]),
        )
        show(y)
        show(
            tf.gradients(y, x, grad_ys=tf.constant([10.0, 100.0])),
            tf.gradients([y, z], x, grad_ys=[tf.constant([1.0, 2.0]), z]),
        )
        show(tf.gradients(y, x, [tf.constant([5.0, 6.0])]))
    """)


def test_grad_ys_as_arrays(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.constant([1., 2.])
        y = x * x
        show(tf.gradients(y, x, grad_ys=[np.array([1., 2.], np.float32)]))
        show(tf.gradients(y, x, grad_ys=[np.array([1., 2.], np.float32)]))
    """)


def test_unconnected_sources(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0])
        u = tf.constant(3.0)
        y = x * x
        show(
            tf.gradients(y, [x, u]),
            tf.gradients(y, [x, u], unconnected_gradients='zero'),
            tf.gradients(y, u),
        )
        show(y)
        show(
            tf.gradients(y, [x, u]),
            tf.gradients(y, [x, u], unconnected_gradients='zero'),
            tf.gradients(y, u),
            tf.gradients(u, x),
        )
    """)


def test_gradient_of_a_tensor_with_respect_to_itself(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0])
        y = x * 2
        show(tf.gradients(x, x), tf.gradients(y, y), tf.gradients(y, [y, x]))
        show(y)
        show(tf.gradients(y, y), tf.gradients(y, [y, x]), tf.gradients([y, y], [x, x]))
    """)


def test_gradient_with_respect_to_what_was_computed_later(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        y = x * x
        z = y * 3
        show(tf.gradients(y, z))
    """, plans=False)


def test_stop_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(2.)
        y = tf.stop_gradient(x * x) * x
        show(tf.gradients(y, x))
        show(y)
        show(tf.gradients(y, x))
    """)


def test_gradient_through_op_calls_of_several_results(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([3., 1., 2.])
        m, v = tf.nn.moments(x, [0])
        a, b, c = tf.unstack(x * 2)
        k = tf.math.top_k(x, 2)
        show(m)
        l = m * v + a * b + tf.reduce_sum(k.values * k.values)
        show(l)
        show(tf.gradients(l, x), tf.gradients(l, [a, m, v, k.values]), tf.gradients([m, a], x))
    """)


def test_gradient_through_indexing(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([[1., 2.], [3., 4.]])
        y = x[0] * x[:, 1] + x[1, 0]
        show(y)
        show(tf.gradients(y, x), tf.gradients(y[0], x), tf.gradients(x[0], x))
    """)


def test_gradient_through_iteration(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2., 3.])
        s = 0.
        for e in x: s = s + e * e
        show(tf.gradients(s, x))
    """)


def test_gradient_of_an_embedding_is_dense(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([[1., 2.], [3., 4.], [5., 6.]])
        for idx in ([0, 1], [2, 2], [1, 0]):
            e = tf.nn.embedding_lookup(v, idx)
            l = tf.reduce_sum(e * e)
            print(l.numpy())
            g = tf.gradients(l, v)[0]
            v.assign_sub(0.1 * g)
            show(g, v)
    """)


def test_training_without_steps(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        v = tf.Variable([[0.1], [0.2]])
        b = tf.Variable([0.0])
        X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
        Y = np.array([[1.0], [2.0], [3.0]], np.float32)
        for i in range(10):
            p = tf.matmul(X, v) + b
            l = tf.reduce_mean((p - Y) ** 2)
            gv, gb = tf.gradients(l, [v, b])
            v.assign_sub(0.01 * gv)
            b.assign_sub(0.01 * gb)
            if i % 3 == 0:
                show(l)
        show(v, b)
    """)


def test_recurrent_net_over_sentences_of_varying_length(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        W = tf.Variable([[0.5, 0.1], [0.2, 0.3]])
        rs = np.random.RandomState(0)
        for n in (3, 5, 2, 4, 6, 3, 5):
            h = tf.zeros([1, 2])
            for t in range(n):
                h = tf.tanh(tf.matmul(h, W) + rs.randn(1, 2).astype(np.float32))
            l = tf.reduce_sum(h * h)
            (g,) = tf.gradients(l, W)
            W.assign_sub(0.1 * g)
            show(l, g)
    """)


def test_gradients_in_other_dtypes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(2.0, tf.float64)
        y = tf.exp(x)
        show(y)
        show(tf.gradients(y, x))
        z = tf.constant(1 + 2j)
        w = tf.math.real(z * z)
        show(w)
        show(tf.gradients(w, z))
    """)


def test_gradient_through_casts(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(2.0)
        y = tf.cast(tf.cast(x, tf.float64) * 3.0, tf.float32) * x
        show(y, tf.gradients(y, x))
        i = tf.constant(3)
        show(tf.gradients(tf.cast(i, tf.float32) * x, x))
    """)


def test_gradient_does_not_redraw(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(3)
        x = tf.Variable([1., 2.])
        for i in range(4):
            n = tf.random.normal([2])
            y = x * n
            show(y)
            z = tf.reduce_sum(y * y + tf.random.uniform([2]) * x)
            show(tf.gradients(z, x), n, z)
    """)


def test_gradient_through_where_and_maximum(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, -2.0, 3.0])
        y = tf.where(x > 0, x * x, -x)
        z = tf.maximum(x, 0.0) + tf.reduce_max(x) + tf.nn.relu(x)
        show(y, z, tf.gradients(y, x), tf.gradients(z, x), tf.gradients(tf.reduce_sum(y * z), x))
    """)


def test_gradient_with_respect_to_many_fetched_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable([1.0, 2.0])
        s = 0.0
        parts = [x * i for i in range(4)]
        for p in parts:
            show(p)
        l = tf.add_n(parts)
        show(tf.gradients(l, parts), tf.gradients(l, [x] + parts))
    """)


def test_gradient_through_a_value_used_in_many_places(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(2.0)
        a = x * 3
        show(a)
        b = a * a
        c = a + x
        show(b)
        d = b * c
        show(d)
        e = d * a + b
        show(e, tf.gradients(e, [x, a, b, c, d]), tf.gradients([e, d, a], [x]))
    """)


def test_convolutional_net(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        tf.random.set_seed(1)
        k = tf.Variable(tf.random.normal([3, 3, 1, 2]))
        w = tf.Variable(tf.random.normal([18, 3]) * 0.1)
        X = np.random.RandomState(0).randn(2, 6, 6, 1).astype(np.float32)
        for i in range(5):
            h = tf.nn.relu(tf.nn.conv2d(X, k, 1, 'SAME'))
            h = tf.nn.max_pool2d(h, 2, 2, 'SAME')
            lo = tf.matmul(tf.reshape(h, [2, -1]), w)
            l = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 2], logits=lo)
            )
            gk, gw = tf.gradients(l, [k, w])
            k.assign_sub(0.1 * gk)
            w.assign_sub(0.1 * gw)
            show(l)
    """)


def test_gradient_beside_strings_and_python_values(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([2., 3.])
        y = x * x
        print([str(round(float(e), 2)) for e in y])
        z = y + tf.cast(tf.strings.length('abc'), tf.float32)
        show(tf.gradients(z * z, x))
    """)


def test_rows_of_a_hessian(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        y = tf.reduce_sum(x ** 3)
        g = tf.gradients(y, x)[0]
        show([tf.gradients(g[i], x)[0] for i in range(2)])
    """, plans=False)



def test_stop_gradients_cuts_the_way_through_a_tensor(tier):
    for _ in range(4):
        x = tf.constant(3.)
        y = x * x
        z = y * x
        assert [float(g) for g in tf.gradients(z, [x, y], stop_gradients=y)] == [9., 3.]
        assert [float(g) for g in tf.gradients(z, [x, y], stop_gradients=[y])] == [9., 3.]


def test_stop_gradients_across_fetches(tier):
    for _ in range(4):
        x = tf.constant(3.)
        y = x * x
        assert float(y) == 9.
        z = y * x
        assert float(z) == 27.
        assert [float(g) for g in tf.gradients(z, [x, y], stop_gradients=y)] == [9., 3.]


def test_stop_gradients_at_the_source_itself(tier):
    for _ in range(4):
        x = tf.constant(3.)
        y = x * x
        z = y * y
        of_x, of_y = tf.gradients(z, [x, y], stop_gradients=[x, y])
        assert of_x is None
        assert float(of_y) == 18.


def test_gradient_with_respect_to_a_tensor_of_unmarked_code(tier):
    import tensorflow

    x = tensorflow.constant([1., 2.])
    for _ in range(4):
        y = tf.exp(tf.multiply(x, 2.))
        assert np.allclose(tf.gradients(y, x)[0], 2 * np.exp([2., 4.]))
        y.numpy()
        assert np.allclose(tf.gradients(y, x)[0], 2 * np.exp([2., 4.]))


def test_gradient_with_respect_to_a_variable_of_unmarked_code(tier):
    import tensorflow

    v = tensorflow.Variable([1., 2.])
    for _ in range(4):
        y = tf.exp(tf.multiply(v, 2.))
        assert np.allclose(tf.gradients(y, v)[0], 2 * np.exp([2., 4.]))


def test_gradients_are_returned_in_a_list(tier):
    x = tf.constant(2.)
    assert isinstance(tf.gradients(x * x, x), list)
    assert len(tf.gradients(x * x, [x, x])) == 2
    assert len(tf.gradients(x * x, (x,))) == 1


def test_gradient_with_respect_to_a_number_is_refused(tier):
    x = tf.constant(2.)
    with pytest.raises(TypeError):
        tf.gradients(x * x, 3.)


def test_wrong_number_of_grad_ys_is_refused(tier):
    x = tf.constant(2.)
    with pytest.raises(ValueError, match="grad_ys"):
        tf.gradients(x * x, x, grad_ys=[x, x])


def test_gradient_of_a_constant_is_none(tier):
    for _ in range(4):
        assert tf.gradients(tf.constant(2.) * 3, tf.constant(1.)) == [None]


def test_gradient_of_integers_is_none(tier):
    for _ in range(4):
        x = tf.constant(2)
        assert tf.gradients(x * x, x) == [None]


def test_hessians(tier):
    for _ in range(4):
        x = tf.constant([1., 2.])
        y = tf.reduce_sum(x ** 3) + x[0] * x[1]
        assert np.allclose(tf.hessians(y, x)[0], [[6., 1.], [1., 12.]])


def test_gradients_of_random_values_agree_with_what_was_drawn(tier):
    for _ in range(5):
        x = tf.random_normal([3])
        seen = x.numpy()
        y = tf.exp(x)
        (dy,) = tf.gradients(y, x)
        assert (x.numpy() == seen).all()
        assert np.allclose(dy, np.exp(seen))
        assert np.allclose(y, np.exp(seen))


def test_gradient_after_many_fetches(tier):
    v = tf.Variable(1.01)
    y = v * 1.
    for _ in range(300):
        y = y * v
        y.numpy()
    assert np.allclose(tf.gradients(y, v)[0], 301 * 1.01 ** 300, rtol=1e-3)


def test_gradient_through_a_segment_longer_than_the_cap(tier):
    for _ in range(3):
        v = tf.Variable(1.001)
        y = v * 1.
        for _ in range(1000):
            y = y * v
        assert np.allclose(tf.gradients(y, v)[0], 1001 * 1.001 ** 1000, rtol=1e-3)


def test_variable_assigned_between_a_gradient_and_its_gradient(same_as_eager):
    """What the variable held is an input of the second gradient twice: as it was, and on entry."""
    same_as_eager("""
        import tensorflow as tf
        w = tf.Variable([.5, .8])
        for i in range(6):
            with tf.GradientTape(persistent=True) as tape:
                y = tf.stack([w[1], .5]) * w
                float(y[0])
                w.assign_add([.1, .05])
                g = tape.gradient(y, w)
                float(g[0])
                show(g, tape.gradient(g, w))
    """)
