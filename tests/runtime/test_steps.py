"""`new_step`: nesting, `step.run`, what outlives a step."""

import pytest

import tfimp as tf


def test_assignments_in_a_step_loop(tier):
    x = tf.Variable(tf.constant(1.0))
    for i in range(10):
        with tf.new_step() as step:
            step.run(tf.assign_sub(x, 0.1))
            assert float(tf.identity(x)) == pytest.approx(1.0 - (i + 1) * 0.1, abs=1e-6)


def test_what_is_pending_is_carried_out_when_a_step_ends(tier):
    v = tf.Variable(0.)
    for i in range(6):
        with tf.new_step():
            v.assign_add(1.)
            w = v * 2
        assert float(w) == 2. * (i + 1)
        assert float(v) == i + 1


def test_run_returns_the_values_of_a_nest(tier):
    for _ in range(4):
        v = tf.Variable([1., 2.])
        with tf.new_step() as step:
            x = v * 2
            assert step.run(x).tolist() == [2., 4.]
            assert step.run(v).tolist() == [1., 2.]
            first, (second, third) = step.run([x, (v, x + 1)])
            assert first.tolist() == [2., 4.]
            assert second.tolist() == [1., 2.]
            assert third.tolist() == [3., 5.]
            assert step.run({"a": x})["a"].tolist() == [2., 4.]
            assert step.run(v.assign([5., 6.])).tolist() == [5., 6.]
            assert step.run([v.assign_add([1., 1.])])[0].tolist() == [6., 7.]
            assert step.run(None) is None


def test_tensors_outlive_their_step(tier):
    kept = []
    for i in range(5):
        with tf.new_step():
            y = tf.ones([2]) * i + 1
            kept.append(y)
    assert [str(y) for y in kept] == ["[1. 1.]", "[2. 2.]", "[3. 3.]", "[4. 4.]", "[5. 5.]"]
    assert str(kept[1] * kept[2]) == "[6. 6.]"


def test_nested_steps_do_not_redraw_outer_values(tier):
    for _ in range(4):
        with tf.new_step():
            x = tf.random_normal([3])
            y = x * 2
            seen = str(y)
            with tf.new_step() as inner:
                z = y + x
                inner.run(z)
                assert str(x * 2) == seen
            assert str(y) == seen
            assert str(x * 2) == seen
            assert str(z) == str(x * 3)


def test_steps_nest_and_gradients_of_the_outer_step_survive_the_inner(tier):
    for _ in range(4):
        v = tf.Variable(3.)
        with tf.new_step():
            y = v * v
            with tf.new_step() as inner:
                inner.run(v.assign_add(1.))
                assert float(tf.gradients(v * v, v)[0]) == 8.
            assert float(tf.gradients(y, v)[0]) == 6.


def test_gradient_through_an_ended_step_is_refused(tier):
    for _ in range(4):
        v = tf.Variable(3.)
        with tf.new_step():
            y = v * v
        with pytest.raises(ValueError, match="step has ended"):
            tf.gradients(y, v)
        with pytest.raises(ValueError, match="step has ended"):
            tf.gradients(y * 2, v)


def test_gradient_through_an_ended_step_of_a_fetched_value_is_refused(tier):
    for _ in range(4):
        v = tf.Variable(3.)
        with tf.new_step():
            y = v * v
            assert float(y) == 9.
        with pytest.raises(ValueError, match="step has ended"):
            tf.gradients(y * 2, v)


def test_tensor_of_an_ended_step_is_a_source_of_gradients(tier):
    for _ in range(4):
        with tf.new_step():
            y = tf.constant(3.) * 2
        assert float(tf.gradients(y * y, y)[0]) == 12.


def test_stop_gradient_makes_a_constant_of_a_tensor_of_an_ended_step(tier):
    for _ in range(4):
        v = tf.Variable(3.)
        with tf.new_step():
            y = v * v
        assert float(tf.gradients(tf.stop_gradient(y) * v, v)[0]) == 9.


def test_exception_inside_a_step_ends_it(tier):
    v = tf.Variable(0.)
    for i in range(6):
        with pytest.raises(KeyError), tf.new_step():
            v.assign_add(1.)
            raise KeyError(i)
        assert float(v) == i + 1
        y = v * v
        assert float(tf.gradients(y, v)[0]) == 2. * (i + 1)


def test_failing_op_call_inside_a_step_ends_it(tier):
    v = tf.Variable([0., 0.])
    for i in range(6):
        with pytest.raises(tf.errors.InvalidArgumentError), tf.new_step():
            v.assign_add([1., 1.])
            tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))
        assert float(v[0]) == i + 1


def test_training_in_steps(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        v = tf.Variable([[0.1], [0.2]])
        b = tf.Variable([0.])
        X = np.array([[1., 2.], [3., 4.], [5., 6.]], np.float32)
        Y = np.array([[1.], [2.], [3.]], np.float32)
        for i in range(10):
            with tf.new_step() as step:
                loss = tf.reduce_mean((tf.matmul(X, v) + b - Y) ** 2)
                gv, gb = tf.gradients(loss, [v, b])
                show(step.run([loss, v.assign_sub(0.01 * gv), b.assign_sub(0.01 * gb)])[0])
        show(v, b)
    """)


def test_training_in_steps_and_without_gives_the_same(tier):
    def train(step):
        v = tf.Variable([[0.1], [0.2]])
        losses = []
        for _ in range(8):
            with step():
                loss = tf.reduce_sum((tf.matmul([[1., 2.]], v) - 3.) ** 2)
                v.assign_sub(0.01 * tf.gradients(loss, v)[0])
                losses.append(float(loss))
        return losses

    import contextlib

    assert train(tf.new_step) == train(contextlib.nullcontext)


def test_step_may_be_left_early(tier):
    def first_above(bound):
        v = tf.Variable(0.)
        while True:
            with tf.new_step():
                v.assign_add(1.)
                if v > bound:
                    return v * 1

    assert [float(first_above(b)) for b in (1, 3, 2, 5)] == [2., 4., 3., 6.]
