"""Every form of tape, and what stands beside tapes."""


def test_persistent_tapes_and_stop_recording(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(3.0) * 1
        for i in range(4):
            with tf.GradientTape(persistent=True) as t:
                t.watch(x)
                y = x * x
                z = y * y
                with t.stop_recording():
                    w = z * 2
            show(
                t.gradient(z, x),
                t.gradient(y, x),
                t.gradient(z, y),
                t.gradient(w, x),
                t.gradient([y, z], {"a": x}),
                t.gradient(w, x, unconnected_gradients="zero"),
                t.gradient(z, x, output_gradients=tf.constant(2.0)),
            )
    """, plans=False, runs=3)


def test_tape_hessian(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.Variable([1.0, 2.0, 3.0])
        for i in range(4):
            with tf.GradientTape() as t2:
                with tf.GradientTape() as t1:
                    y = tf.reduce_sum(x**3) * x[0]
                g = t1.gradient(y, x)
            show(t2.jacobian(g, x))
    """, plans=False, runs=3)


def test_tapes_entered_by_hand(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(0.5) * 1
        for k in range(4):
            ts = [tf.GradientTape() for _ in range(3)]
            for t in ts:
                t.__enter__()
                t.watch(x)
            y = tf.sin(x) * x
            for t in reversed(ts):
                t.__exit__(None, None, None)
                y = t.gradient(y, x)
            show(y)
    """, plans=False, runs=3)


def test_jacobian(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(1)
        x = tf.Variable([1.0, 2.0])
        A = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        for i in range(3):
            with tf.GradientTape(persistent=True) as t:
                y = tf.linalg.matvec(A, x) ** 2
            show(
                t.jacobian(y, x),
                t.jacobian(y, [x]),
                t.jacobian(y, x, experimental_use_pfor=False),
            )
            b = tf.random.normal([3, 2])
            with tf.GradientTape() as t:
                t.watch(b)
                y = tf.matmul(b, [[1.0, 2.0], [3.0, 4.0]]) ** 2
            show(t.batch_jacobian(y, b))
    """, plans=False, runs=3)


def test_forward_accumulator(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0]) * 1
        v = tf.Variable(2.0)
        for i in range(4):
            with tf.autodiff.ForwardAccumulator(x, tf.ones([2])) as acc:
                y = tf.reduce_sum(tf.sin(x) * x)
            show(acc.jvp(y))
            with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as acc:
                with tf.GradientTape() as t:
                    y = v**3
                g = t.gradient(y, v)
            show(g, acc.jvp(g))
    """, plans=False, runs=3)


def test_custom_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf


        @tf.custom_gradient
        def clip(x):
            def grad(dy):
                return tf.clip_by_value(dy, -0.1, 0.1)

            return tf.identity(x), grad


        @tf.custom_gradient
        def two(x, y):
            def grad(a, b):
                return a * y, b * x

            return (x * y, x + y), grad


        v = tf.Variable([1.0, 2.0])
        for i in range(4):
            with tf.GradientTape() as t:
                a, b = two(v, v * 2)
                l = tf.reduce_sum(clip(v) * 3) + tf.reduce_sum(a * b)
            show(l, t.gradient(l, v))
    """, plans=False, runs=3)


def test_recompute_grad(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable([1.0, 2.0])


        def f(x):
            return tf.sin(x * w)


        g = tf.recompute_grad(f)
        for i in range(3):
            with tf.GradientTape() as t:
                x = tf.constant([1.0, 2.0]) * (i + 1)
                t.watch(x)
                y = tf.reduce_sum(g(x))
            show(t.gradient(y, [x, w]))
    """, plans=False, runs=3)


def test_stop_gradient(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(2.0)
        for i in range(3):
            with tf.GradientTape() as t:
                y = v * tf.stop_gradient(v) + tf.stop_gradient(v * v)
            show(t.gradient(y, v))
    """, plans=False, runs=3)


def test_gradients_of_flat_vectors(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        tf.random.set_seed(1)
        vs = [tf.Variable(tf.random.normal([2, 3])), tf.Variable(tf.zeros([3]))]


        def pack(ts):
            return tf.concat([tf.reshape(t, [-1]) for t in ts], 0)


        def unpack(f):
            o = 0
            for v in vs:
                n = int(np.prod(v.shape))
                v.assign(tf.reshape(f[o : o + n], v.shape))
                o += n


        f = pack(vs)
        for i in range(5):
            unpack(f)
            with tf.GradientTape() as t:
                l = tf.reduce_sum((tf.ones([1, 2]) @ vs[0] + vs[1] - 1) ** 2)
            g = pack(t.gradient(l, vs))
            f = f - 0.1 * g
            show(l, tf.norm(g))
    """, plans=False, runs=3)
