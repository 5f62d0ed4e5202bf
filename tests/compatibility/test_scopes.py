"""Scopes of devices, names and control dependencies, and the names of tensors.

What needs several devices stands in `virtual_devices.py`, for a process that has them.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow

import tfimp


def test_devices_of_op_calls_and_variables(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1.0, 2.0])
        with tf.device("CPU:0"):
            w = tf.Variable([3.0, 4.0])
        print(v.device, w.device)
        for i in range(3):
            with tf.device("/CPU:0"):
                x = v * w
                v.assign_add(x * 0.1)
                with tf.device("/job:localhost/replica:0/task:0/device:CPU:0") as inner:
                    y = x * 2.0
            with tf.device(None):
                z = y - 1.0
            if tf.reduce_sum(z) > 100.0:
                print("large")
            print(inner, x.device, y.device, z.device, z.backing_device, v.device)
            show(x, y, z, v)
    """)


@pytest.fixture(params=[True, False], ids=["soft", "hard"])
def placement(request):
    """Whether TensorFlow takes another device where the one in scope is not there."""
    default = tensorflow.config.get_soft_device_placement()
    tensorflow.config.set_soft_device_placement(request.param)
    yield
    tensorflow.config.set_soft_device_placement(default)


def test_device_that_is_not_there(same_as_eager, placement):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0]) * 2.0
        for name in ("CPU:0", "CPU:0", "CPU:0", "CPU:7", "CPU:0", "GPU:0", "nonsense", 3):
            try:
                with tf.device(name):
                    y = x + 1.0
                    z = y * 2.0
                print(name, y.device, z.device)
            except Exception as error:
                print(name, type(error).__name__)
            try:
                with tf.device(name):
                    v = tf.Variable(x)
                print(v.device)
            except Exception as error:
                print(type(error).__name__)
        show(x)
    """)


def test_scope_that_does_not_change_the_device_cuts_no_segment(hot):
    tf = tfimp
    x = tf.constant([1.0, 2.0]) * 2.0
    for i in range(6):
        before = tfimp.stats().plans_run
        y = x * i
        with tf.device("CPU:0"):
            y = y + 1.0
        y = y * 2.0
        assert y.numpy().tolist() == [4.0 * i + 2.0, 8.0 * i + 2.0]
    assert tfimp.stats().plans_run == before + 1


def test_names_of_devices_and_their_settings(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        print(tf.config.list_logical_devices(), tf.config.list_physical_devices("GPU"))
        print(tf.config.get_soft_device_placement(), tf.config.get_visible_devices())
        x = tf.constant(1.0) * 2.0
        cpu = tf.config.list_physical_devices("CPU")[0]
        try:
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * 2
            )
        except RuntimeError as error:
            print(error)
        show(x)
    """, plans=False, runs=2)


def test_several_devices():
    """In a process of its own: devices are configured before TensorFlow's first op."""
    file = Path(__file__).with_name("virtual_devices.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file],
        cwd=file.parents[2], capture_output=True, text=True, timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_control_dependencies(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1.0, 2.0])
        for i in range(4):
            x = tf.constant([1.0, 2.0]) * i
            write = v.assign_add(x)
            with tf.control_dependencies([write]):
                y = v * 2.0
                v.assign_sub([1.0, 1.0])
            with tf.control_dependencies([x, y, v]):
                z = tf.identity(v)
            with tf.control_dependencies(None):
                u = z + 1.0
            with tf.control_dependencies([tf.debugging.assert_greater(u, -100.0)]):
                u = tf.identity(u)
            with tf.control_dependencies([tf.no_op(), tf.group(x, y), "anything"]) as nothing:
                u = u + 1.0
            print(nothing, tf.group(y, z))
            show(y, z, u, v, tf.tuple([y, z]))
    """)


@pytest.mark.parametrize("what", ["5", "lambda: print('called')", ""])
def test_what_is_waited_for_may_be_anything(same_as_eager, what):
    same_as_eager(f"""
        import tensorflow as tf

        x = tf.constant(1.0) * 2.0
        with tf.control_dependencies({what}):
            show(x)
    """, plans=False, runs=2)


def test_name_scopes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for i in range(4):
            with tf.name_scope("outer") as outer:
                v = tf.Variable([1.0, 2.0], name="v")
                x = v * 2.0
                with tf.name_scope("inner") as inner:
                    w = tf.Variable(1.0, name="w")
                    y = x + w
                with tf.name_scope("/"):
                    u = tf.Variable(1.0, name="u")
                with tf.name_scope("inner/"):
                    t = tf.Variable(1.0, name="t")
            print(outer, inner, v.name, w.name, u.name, t.name)
            print(tf.Variable(0.0).name, tf.Variable(1.0, name="n").name)
            scope = tf.name_scope("s")
            with scope as first:
                z = tf.add(y, 1.0, name="z")
            with scope as again:
                z = tf.add(z, 1.0, name="z")
            print(scope.name, first, again)
            show(x, y, z)
    """)


@pytest.mark.parametrize("name", ["5", "None", "'a b'", "''"])
def test_name_of_a_scope_is_text(same_as_eager, name):
    same_as_eager(f"""
        import tensorflow as tf

        x = tf.constant(1.0) * 2.0
        with tf.name_scope({name}) as scope:
            print(scope, tf.Variable(x, name="v").name)
    """, plans=False, runs=2)


def test_name_scopes_of_functions_and_modules(same_as_eager):
    same_as_eager("""
        import tensorflow as tf


        class Scale(tf.Module):
            @tf.Module.with_name_scope
            def __call__(self, x):
                if not hasattr(self, "w"):
                    self.w = tf.Variable(2.0, name="w")
                return x * self.w


        scale = Scale(name="scale")
        for i in range(4):
            show(scale(tf.constant(1.0) * i))
        print(scale.w.name, scale.name_scope.name)
        with tf.name_scope("before"), tf.init_scope():
            x = tf.constant(2.0) * 2
            print(tf.Variable(x, name="v").name)
        print(tf.executing_eagerly(), tf.inside_function())
    """)


@pytest.mark.parametrize("expression", [
    "x.name", "x.op", "x.graph", "x.consumers()", "x.value_index", "x.get_shape()",
    "x.backing_device", "x.set_shape([2])", "x.set_shape([None])", "x.set_shape([3])", "x.astype",
    "x.T", "x.reshape", "x.not_there", "hasattr(x, 'name')", "hasattr(x, 'op')",
    "hasattr(x, 'device')", "getattr(x, 'name', 1)",
])
def test_attributes_of_a_tensor(same_as_eager, expression):
    same_as_eager(f"""
        import tensorflow as tf

        for i in range(4):
            x = tf.add(tf.constant([1.0, 2.0]) * i, 1.0, name="sum")
            try:
                value = {expression}
                print("a function" if callable(value) else value)
            except Exception as error:
                print(type(error).__name__, error)
            show(x)
    """)


@pytest.mark.parametrize("statement", [
    "x.name = 'a'", "x.op = 1", "x.graph = 1", "x.device = 'CPU:0'", "x.backing_device = 'CPU:0'",
    "x.shape = [1]", "x.dtype = tf.int32", "x.note = 1", "del x.shape", "del x.note",
])
def test_attributes_that_are_set(same_as_eager, statement):
    same_as_eager(f"""
        import tensorflow as tf

        for i in range(4):
            x = tf.constant([1.0, 2.0]) * i
            try:
                {statement}
                print(x.note)
            except AttributeError as error:
                print(type(error).__name__)
            show(x)
    """)


def test_dimensions(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        three = tf.compat.v1.Dimension(3)
        print(three.value, three + 1, three * three, int(three), three == 3, three // 2, [three])
        for i in range(1, 4):
            x = tf.ones([i, 3]) * 2.0
            print([dimension.value for dimension in x.shape.dims], x.shape.dims[1] == three)
            print(tf.compat.dimension_value(x.shape[0]), tf.compat.dimension_at_index(x.shape, 1))
            show(tf.reshape(x, [three, i]), tf.zeros([three]), x[: three - 2], tf.range(three))
            show(tf.constant(1.0, shape=[three]), x * int(three))
            try:
                x.shape[0].value
            except AttributeError as error:
                print(error)
    """)
