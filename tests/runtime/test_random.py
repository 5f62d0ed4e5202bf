"""Random draws: those of eager under the same seed, once each, never repeated."""

import numpy as np

import tfimp as tf


def test_draws_under_a_global_seed(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(42)
        a = tf.random.normal([3])
        b = tf.random.uniform([2])
        c = tf.random.normal([3])
        show(a, b, c, a + c)
        for i in range(6):
            show(tf.random.normal([2]) * 2 + tf.random.uniform([2]))
        show(
            tf.random.shuffle(tf.range(5)),
            tf.random.uniform([3], maxval=10, dtype=tf.int32),
            tf.random.normal([2], seed=7),
            tf.random.truncated_normal([2]),
            tf.nn.dropout(tf.ones([8]), 0.5),
            tf.random.categorical([[1.0, 2.0]], 3),
            tf.random.gamma([2], 1.0),
            tf.random.poisson([2], 3.0),
            tf.random.stateless_normal([2], seed=[1, 2]),
        )
    """)


def test_draws_with_seeds_of_their_own(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(1)
        for i in range(4):
            show(tf.random.normal([2], seed=3), tf.random.uniform([1], seed=3))
        tf.random.set_seed(1)
        show(tf.random.normal([2], seed=3))
    """, plans=False)


def test_generators(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        g = tf.random.Generator.from_seed(1)
        for i in range(4):
            show(g.normal([2]), g.uniform([1]) * 2)
    """, plans=False)


def test_example_of_the_growing_vector(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(3)
        x = tf.random.normal([3])
        y = x * 2
        while tf.linalg.global_norm([y]) < 1000.:
            y = y * 2
        show(x, y, y / x)
    """)


def test_shapes_and_bounds_that_are_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(3)
        n = tf.constant(2) + 1
        x = tf.random.normal([n, 2])
        y = tf.random.normal(tf.shape(x))
        z = tf.random.uniform([n], minval=x[0, 0] * 0, maxval=tf.abs(x[0, 0]) + 1)
        show(x, y, z)
    """)



def test_value_fetched_twice_is_the_same(tier):
    for _ in range(5):
        x = tf.random_normal([3])
        y = x * 2
        first = x.numpy()
        assert (x.numpy() == first).all()
        assert np.allclose(y, first * 2)
        assert np.allclose(x + y, first * 3)
        assert (x.numpy() == first).all()


def test_draws_in_a_loop_differ(tier):
    tf.random.set_seed(7)
    draws = [float(tf.random.normal([]) * 2) for _ in range(20)]
    assert len(set(draws)) == 20


def test_draws_in_two_places_differ(tier):
    tf.random.set_seed(7)
    draws = []
    for _ in range(6):
        x, y = tf.random.normal([]) * 2, tf.random.normal([]) * 2
        draws += [float(x), float(y), float(tf.random.normal([]))]
    assert len(set(draws)) == 18


def test_seed_set_again_repeats_the_draws(tier):
    runs = []
    for _ in range(5):
        tf.random.set_seed(3)
        runs.append([float(tf.random.normal([]) + tf.random.uniform([])) for _ in range(4)])
    assert all(run == runs[0] for run in runs)


def test_same_draws_as_eager_whatever_is_fetched(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(11)
        for i in range(6):
            a = tf.random.normal([2])
            b = tf.random.uniform([2])
            if i % 2:
                show(a)
            c = tf.random.normal([2]) * a
            if i % 3:
                show(b * c)
    """)


def test_draw_that_nobody_looks_at_counts(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(11)
        for i in range(6):
            tf.random.normal([2])
            x = tf.random.normal([2])
            del x
            show(tf.random.normal([2]) * 1)
    """)


def test_dropout_and_shuffles(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tf.random.set_seed(5)
        for i in range(5):
            x = tf.ones([8]) * i
            show(tf.nn.dropout(x, 0.5) + 1, tf.random.shuffle(tf.range(5)) * 2)
            show(tf.image.random_flip_left_right(tf.reshape(tf.range(6.), [1, 6, 1])))
            show(tf.nn.experimental.stateless_dropout(x, 0.5, seed=[i, 2]))
    """)


def test_stateless_draws_are_functions_of_their_seed(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for i in range(6):
            x = tf.random.stateless_normal([2], seed=[i % 2, 7])
            y = tf.random.stateless_uniform([2], seed=tf.constant([1, 2]) * i)
            show(x + y, x)
    """)


def test_raw_draws_with_seeds_of_their_own_differ_in_a_loop(tier):
    draws = []
    for _ in range(6):
        x = tf.raw_ops.RandomUniform(shape=[1], dtype=tf.float32, seed=1, seed2=2) * 2
        draws.append(float(x[0]))
    assert len(set(draws)) == 6
