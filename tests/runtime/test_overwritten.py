"""Variables that TensorFlow's functions overwrite between a forward pass and its gradient.

Eager mode keeps what the forward pass has read.
"""

import tensorflow

import tfimp
from tests import differential


def test_function_that_overwrites(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable([1.0, 2.0], trainable=False)
        u = tf.Variable([3.0, 4.0])


        @tf.function(autograph=False)
        def overwrite(x):
            w.assign(w * 2.0 + x)
            u.assign_add(x)
            return w * u


        for i in range(5):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(w)
                loss = tf.reduce_sum(w * w * w * u)
                result = overwrite(tf.ones([2]) * i)
                later = tf.reduce_sum(w * w)
            show(tape.gradient(loss, [w, u]), tape.gradient(later, [w, u]), result, w)
            w.assign([1.0, 2.0])
    """)


def test_function_that_overwrites_before_gradients(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable([1.0, 2.0])
        overwrite = tf.function(lambda: w.assign_add([1.0, 1.0]), autograph=False)
        concrete = overwrite.get_concrete_function()
        for i in range(5):
            loss = tf.reduce_sum(w * w * w)
            overwrite()
            second = tf.reduce_sum(w * w * w)
            if i % 2:
                print(loss.numpy())
            concrete()
            show(tf.gradients(loss, [w]), tf.gradients(second, [w]), w)
    """)


def test_overwritten_variable_in_nested_tapes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        w = tf.Variable([1.0, 2.0], trainable=False)
        overwrite = tf.function(lambda: w.assign_sub([0.5, 0.5]), autograph=False)
        for i in range(5):
            with tf.GradientTape() as outer:
                outer.watch(w)
                with tf.GradientTape() as inner:
                    inner.watch(w)
                    loss = tf.reduce_sum(w**3)
                overwrite()
                gradient = inner.gradient(loss, w)
                overwrite()
            show(gradient, outer.gradient(gradient, w), w)
    """)


def test_fit_that_overwrites(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(0)
        model = tf.keras.Sequential([tf.keras.Input([2]), tf.keras.layers.Dense(1)])
        model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        for i in range(4):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(x) ** 2)
            model.fit(np.ones([2, 2]), np.ones([2, 1]), verbose=0)
            show(tape.gradient(loss, model.trainable_variables), model.get_weights())
    """, runs=1, plans=True)


def test_function_of_unmarked_code_that_overwrites(tier):
    tf = tfimp
    w = tf.Variable([1.0, 2.0])
    overwrite = tensorflow.function(lambda: w.assign_add([1.0, 1.0]), autograph=False)
    for i in range(5):
        loss = tf.reduce_sum(w * w)
        overwrite()
        (gradient,) = tf.gradients(loss, [w])
        assert gradient.numpy().tolist() == [2.0 + 2 * i, 4.0 + 2 * i]


def test_nothing_is_kept_for_a_function_where_no_history_is(hot, monkeypatch):
    tf = tfimp
    w = tf.Variable([1.0, 2.0])
    overwrite = tensorflow.function(lambda: w.assign_add([1.0, 1.0]), autograph=False)
    kept = []
    monkeypatch.setattr(type(w), "keep_version", lambda self, value: kept.append(value))
    for _ in range(5):
        overwrite()
        with tf.new_step():
            print(tf.reduce_sum(w * w))
    assert not kept
