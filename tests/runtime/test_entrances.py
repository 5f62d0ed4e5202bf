"""Our tensors where TensorFlow and Keras test for tensors of TensorFlow's own class."""

import pytest

SETUP = """
    import numpy as np
    import tensorflow as tf
    from tests.runtime.unmarked import conditional, switched
    keras = tf.keras
    x = tf.constant([1., 2.])
    row = tf.ones((1, 3))
    for step in range(4):
        condition, number = tf.equal(step % 2, 0), tf.constant(step % 2)
        with tf.GradientTape() as tape:
            tape.watch([x, row])
            y = {call}
        show(y, tape.gradient(y, [x, row]))
"""


@pytest.mark.parametrize("call", [
    "keras.losses.hinge(row, row * 0.5)", "keras.losses.squared_hinge(row, row * 0.5)",
    "keras.ops.cond(condition, lambda: x * 2, lambda: x * 3)",
    "keras.ops.cond(tf.reduce_sum(x) > 2, lambda: x * 2, lambda: x * 3)",
    "keras.ops.switch(number, [lambda x: x * 2, lambda x: x * 3], x)",
    "keras.ops.map(lambda x: x * 2, x)",
    "conditional(condition, x)", "switched(number, x)",
    "tf.case([(condition, lambda: x * 2)], default=lambda: x * 3)",
    "tf.switch_case(number, [lambda: x * 2, lambda: x * 3])",
])
def test_conditions(same_as_eager, call):
    same_as_eager(SETUP.format(call=call), plans=False)


def test_condition_in_a_layer_of_the_programs(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        keras = tf.keras

        class Layer(keras.layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(2,), initializer='ones')

            def call(self, x):
                return keras.ops.cond(tf.reduce_sum(x) > 2, lambda: x * 2 * self.w,
                                      lambda: x - self.w)

        layer = Layer()
        for step in range(4):
            with tf.GradientTape() as tape:
                y = layer(tf.constant([1., 2.]) * (step % 3))
            show(y, tape.gradient(y, layer.trainable_variables))
    """, plans=False)


def test_descriptions_and_exports(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        from tests.runtime.unmarked import described, exported
        for step in range(4):
            x = tf.ones((1, 3)) * step
            for spec in (tf.TensorSpec.from_tensor(x), tf.TensorSpec.from_tensor(x, name='a'),
                         described(x * 2)):
                show(spec.shape.as_list(), spec.dtype.name, spec.name)
            show(tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x * 2)))
            show(exported(x * 2))
    """, plans=False)


@pytest.mark.parametrize("x", ["tf.Variable([1., 2.])", "tf.constant([1., 2.])"])
@pytest.mark.parametrize("call", [
    "clipped(x)", "clipped(x * 3)", "scaled(x, by=x)", "scaled(x, by=x * 2)",
    "with_a_variable_of_its_own(x)", "clipped(x) * x", "recomputed(x)",
])
def test_functions_with_gradients_of_their_own(same_as_eager, call, x):
    same_as_eager(f"""
        import tensorflow as tf
        from tests.runtime.unmarked import clipped, recomputed, scaled, with_a_variable_of_its_own
        x = {x}
        for step in range(4):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = {call}
                g = tape.gradient(y, x)
            show(y, g, outer.gradient(y, x))
            if isinstance(x, tf.Variable):
                x.assign_sub(g * 0.1)
    """, plans=False)


@pytest.mark.parametrize("slices", [
    "tape.gradient(y, v)", "tf.clip_by_value(tape.gradient(y, v), -1., 1.)",
    "tf.IndexedSlices(v * 2., tf.range(3), tf.constant([2, 4]) + 1)",
])
def test_shape_of_indexed_slices(same_as_eager, slices):
    same_as_eager(f"""
        import tensorflow as tf
        v = tf.Variable(tf.ones((3, 5)))
        for step in range(4):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(tf.gather(v, [0, step % 3]) ** 2)
            slices = {slices}
            show(slices.shape, slices.dtype, slices.values, slices.indices, slices.dense_shape)
    """)
