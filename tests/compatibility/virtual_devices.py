"""Op calls and variables on several devices: two parts of the CPU.

`test_scopes.py` has these tests run in a process of their own.
"""

import tensorflow as tf

from tests import differential

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def test_op_calls(hot):
    differential.check("""
        import tensorflow as tf

        for i in range(4):
            x = tf.constant([1.0, 2.0]) * i
            with tf.device("CPU:1"):
                y = x + 1.0
                z = tf.constant([3.0, 4.0])
                u = y * z
            w = u - 1.0
            with tf.device("CPU:0"):
                q = w * y
            with tf.device("CPU:1"):
                with tf.device(None):
                    r = q + 1.0
                s = q + 2.0
                t = tf.zeros([2])
            print([tensor.device for tensor in (x, y, z, u, w, q, r, s, t)])
            show(x, y, z, u, w, q, r, s, t)
    """, runs=2, plans=True)


def test_op_calls_that_wait(hot):
    differential.check("""
        import tensorflow as tf
        x = tf.constant([1.0, 2.0]) * 2.0
        found = []
        for i in range(6):
            with tf.device(f"CPU:{i % 2}"):
                y = x * 3.0
                z = tf.reduce_sum(y)
            found.append((y, z))
        for y, z in found:
            print(y.device, z.device)
            show(y, z)
    """, runs=2, plans=True)


def test_variables(hot):
    differential.check("""
        import tensorflow as tf

        with tf.device("CPU:1"):
            v = tf.Variable([1.0, 2.0])
        w = tf.Variable([3.0, 4.0])
        print(v.device, w.device)
        for i in range(4):
            x = v * w
            v.assign_add(x)
            with tf.device("CPU:1"):
                y = w + i
            w.assign_sub(y * 0.1)
            with tf.device("CPU:0"):
                z = v + 1.0
            print(x.device, y.device, z.device, v.device, w.device)
            print((v * 2.0).device, (v.read_value()).device, tf.identity(v).device)
            show(v, w, x, y, z)
    """, runs=2, plans=True)


def test_variables_made_on_each_device(hot):
    differential.check("""
        import tensorflow as tf

        for i in range(4):
            with tf.device(f"CPU:{i % 2}"):
                v = tf.Variable(tf.ones([2]) * i)
                v.assign_add([1.0, 1.0])
            print(v.device, v.handle.device, v.numpy(), (v + 1.0).device)
    """, runs=2, plans=True)


def test_gradients_of_a_tape(hot):
    differential.check("""
        import tensorflow as tf

        with tf.device("CPU:1"):
            v = tf.Variable([1.0, 2.0])
        for i in range(4):
            with tf.GradientTape() as tape:
                with tf.device("CPU:1"):
                    a = v * v
                with tf.device("CPU:0"):
                    b = tf.reduce_sum(a * i)
            g = tape.gradient(b, v)
            v.assign_sub(0.1 * g)
            print(a.device, b.device, g.device)
            show(a, b, g, v)
    """, runs=2, plans=True)


def test_gradients_across_devices(hot):
    differential.check("""
        import tensorflow as tf

        with tf.device("CPU:1"):
            v = tf.Variable([1.0, 2.0])
        for i in range(4):
            with tf.device("CPU:1"):
                a = v * v
            b = tf.reduce_sum(a * i)
            g, = tf.gradients(b, [v])
            with tf.device("CPU:1"):
                v.assign_sub(0.1 * g)
            show(a, b, g, v)
    """, runs=2, plans=True)


def test_functions_that_take_a_tensor(hot):
    differential.check("""
        import tensorflow as tf

        for i in range(4):
            x = tf.constant([1.0, i]) * 2.0
            with tf.device("CPU:1"):
                y = tf.identity(x)
                k = tf.constant(5.0)
                r = tf.random.stateless_uniform([2], [1, i])
                s = tf.shape(x)
                o = tf.ones_like(x)
                q = x[0]
            print(y.device, k.device, r.device, s.device, o.device, q.device)
            show(y, k, r, s)
    """, runs=2, plans=True)


def test_functions(hot):
    differential.check("""
        import tensorflow as tf


        @tf.function
        def f(x):
            with tf.device("CPU:1"):
                return x * 2.0


        for i in range(4):
            x = tf.constant([1.0, i]) * 3.0
            y = f(x)
            with tf.device("CPU:1"):
                z = f(x)
            print(x.device, y.device, z.device)
            show(y, z)
    """, runs=3, plans=True)


def test_device_that_is_not_there(hot):
    differential.check("""
        import tensorflow as tf

        for i in range(3):
            x = tf.constant([1.0, 2.0]) * i
            for name in ("CPU:1", "CPU:2", "GPU:0"):
                try:
                    with tf.device(name):
                        y = x + 1.0
                        print(y.device)
                except Exception as e:
                    print(type(e).__name__)
            show(x)
        with tf.device("CPU:5"):
            y = x + 1.0
            print(y.device)
    """, runs=2, plans=True)


def test_part_of_a_batch_on_each_device(hot):
    differential.check("""
        import tensorflow as tf

        devices = tf.config.list_logical_devices("CPU")
        x = tf.ones([4, 4])
        total = tf.zeros([])
        for i in range(6):
            parts = []
            for device, part in zip(devices, tf.split(x, 2)):
                with tf.device(device.name):
                    parts.append(tf.reduce_sum(tf.matmul(part, tf.ones([4, 4])) * i))
            total = total + tf.add_n(parts)
            x = x * 0.9
            print([p.device for p in parts])
        print(total.numpy())
    """, runs=2, plans=True)
