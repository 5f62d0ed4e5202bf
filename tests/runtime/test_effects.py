"""Effects: each happens once, in program order, in either tier."""


def test_tf_print_between_prints_of_python(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(1.)
        import sys
        for i in range(4):
            print('a', i)
            tf.print('tf', v + i, output_stream=sys.stdout)
            v.assign_add(1.)
            print('b', (v * 2).numpy())
            tf.print(v, [v, v * 3], summarize=2, output_stream=sys.stdout)
    """)


def test_py_function_is_called_once_for_each_call(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        calls = []


        def f(x):
            calls.append(x.numpy())
            return x * 2


        for i in range(4):
            y = tf.py_function(f, [tf.constant(float(i))], tf.float32)
            z = y + 1
            show(z)
        show(calls)
        show(tf.numpy_function(lambda a: a + 1, [np.array([1.0, 2.0])], tf.float64) * 2)
    """, plans=False)


def test_arrays_are_taken_as_they_are_when_they_are_passed(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        n = np.array([1., 2., 3.], np.float32)
        x = tf.constant(n)
        y = x * n
        z = tf.convert_to_tensor(n)
        w = tf.add(n, n)
        n[0] = 100.
        show(x, y, z, w)
        m = np.arange(3)
        g = tf.gather(tf.constant([1., 2., 3.]), m)
        m[0] = 2
        show(g)
        h = tf.reshape(tf.range(6.), np.array([2, 3]))
        big = np.ones(100, np.float32)
        acc = tf.zeros([100])
        for i in range(5):
            big[:] = i
            acc = acc + big
        show(h, acc)
    """)



def test_arrays_at_any_alignment_are_taken_as_they_are(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        base = np.zeros(400, np.float32)
        for offset in range(0, 40):
            view = base[offset:offset + 300]
            view[:] = offset
            x = tf.zeros([300]) + view
            y = view * x
            view[:] = -1.
            print(float(x[0]), float(x[299]), float(y[5]))
    """, runs=2)


def test_views_and_orders_of_arrays(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        a = np.arange(24, dtype=np.float32).reshape(4, 6)
        x = tf.ones([1])
        for _ in range(4):
            show(x * a.T, x * a[::2], x * a[:, ::-1], x * np.asfortranarray(a), x * a[1:, 2:4])
            show(tf.constant(a.T), tf.matmul(a, a.T))
    """)


def test_op_calls_run_once_each(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        count = tf.Variable(0)
        for i in range(8):
            x = tf.ones([2]) * i
            count.assign_add(1)
            y = x + tf.cast(count, tf.float32)
            if i % 2:
                show(y)
            if i % 3 == 0:
                show(x, count)
        show(count)
    """)


def test_tf_print_between_writes(same_as_eager):
    same_as_eager("""
        import sys
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        for i in range(5):
            v.assign_add([1., 1.])
            tf.print("value", v, output_stream=sys.stdout)
            v.assign(v * 2)
            print("python", v.numpy())
            tf.print(v[0], v + 1, sep="|", output_stream=sys.stdout)
    """)


def test_files(same_as_eager, tmp_path):
    same_as_eager("""
        import tensorflow as tf
        for i in range(4):
            name = tf.strings.join([folder, "/", str(i)])
            tf.io.write_file(name, tf.strings.as_string(tf.constant(i) * 2))
            show(tf.io.read_file(name), tf.strings.length(tf.io.read_file(name)))
        print(sorted(len(n) > 0 for n in tf.io.gfile.listdir(folder)))
    """, folder=str(tmp_path))


def test_assertions_of_tensorflow(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for k in (1., 1., 1., 1., 2.):
            x = tf.constant([1., 2.]) * k
            y = x + 1
            try:
                tf.debugging.assert_equal(x, [1., 2.], message="differ")
                tf.debugging.assert_less(x, 3.)
                tf.Assert(tf.reduce_all(x < 3.), [x])
            except tf.errors.InvalidArgumentError as error:
                print("differ" in error.message)
            show(y)
    """)
