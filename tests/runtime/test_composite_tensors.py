"""Gradients through ragged and sparse tensors, whose parts are tensors of TensorFlow's own."""

import pytest

import tfimp as tf
from tfimp.runtime.native import UnmarkedCalls


@pytest.mark.parametrize("expression", [
    "tf.reduce_sum(r)", "tf.reduce_max(r)", "tf.reduce_sum(r * r)", "tf.reduce_sum(r, 1) * 2.",
    "tf.reduce_sum(r) * tf.reduce_max(r)", "tf.reduce_sum(tf.ragged.stack([v * v, v[:2]]))",
    "tf.reduce_sum(r.with_values(r.values * 3.))", "tf.reduce_sum(tf.concat([r, r * v[0]], 1), 1)",
    "tf.reduce_sum(tf.ragged.map_flat_values(tf.exp, r)) + v[0]",
    "r.to_tensor() * 2.", "r.values * v", "(r * v[1]).values", "r[1] * 3.",
    "tf.add_n([tf.reduce_sum(row) ** 2 for row in r])",
    "tf.gather(r, [1, 1]).flat_values", "tf.reduce_sum(r) * r.to_tensor()",
    "tf.sparse.to_dense(s)", "tf.sparse.sparse_dense_matmul(s, e)", "tf.sparse.reduce_sum(s)",
    "tf.sparse.to_dense(s) @ e + tf.sparse.sparse_dense_matmul(s, e)", "s.values * 2.",
    "tf.sparse.to_dense(tf.sparse.add(s, s))", "tf.sparse.to_dense(s * tf.sparse.to_dense(s))",
    "tf.sparse.to_dense(tf.sparse.transpose(s)) * 2.", "doubled(r)", "doubled(s.values)",
    "both({'r': r, 's': [s]})",
])
def test_gradient_of_what_is_computed_from_ragged_and_sparse_tensors(same_as_eager, expression):
    same_as_eager(f"""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        e = tf.Variable([[1.], [2.], [4.]])
        doubled = tf.function(lambda x: tf.reduce_sum(x * 2.) * v[0])
        both = tf.function(lambda x: tf.reduce_sum(x['r']) * tf.sparse.reduce_sum(x['s'][0]))
        for _ in range(3):
            with tf.GradientTape(persistent=True) as tape:
                r = tf.RaggedTensor.from_row_lengths(v * v, [1, 2])
                s = tf.SparseTensor([[0, 0], [1, 1], [1, 2]], v * v, [2, 3])
                y = {expression}
            found = tape.gradient(y, [v, e], unconnected_gradients='zero')
            show(found)
            v.assign_sub(found[0] * 0.001)
    """, plans=False, runs=2)


def test_gradient_of_composite_tensors_that_pass_from_call_to_call(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        for _ in range(3):
            with tf.GradientTape() as tape:
                r = tf.RaggedTensor.from_row_lengths(v * v, [1, 2])
                whole = tf.concat([r, r * r], 0)
                y = tf.reduce_sum(whole) + tf.reduce_max(whole) + tf.reduce_sum(r)
            show(y, tape.gradient(y, v))
    """, plans=False, runs=2)


def test_gradient_for_batches_that_are_ragged(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(2.)
        rows = tf.ragged.constant([[1.], [2., 3.], [], [4.]])
        for batch in tf.data.Dataset.from_tensor_slices(rows).batch(2):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(batch * v) * v
            show(y, tape.gradient(y, v))
    """, plans=False, runs=2)


def test_second_derivatives_through_composite_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        for _ in range(2):
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    r = tf.RaggedTensor.from_row_lengths(v * v, [1, 2])
                    y = tf.reduce_sum(r * r)
                first = inner.gradient(y, v)
            show(first, outer.gradient(first, v))
    """, plans=False, runs=2)


def test_what_a_tape_has_not_seen_stays_constant(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        before = tf.RaggedTensor.from_row_lengths(v * v, [1, 2])
        with tf.GradientTape(persistent=True) as tape:
            y = tf.reduce_sum(before)
            z = tf.reduce_sum(before * v[0])
        show(tape.gradient(y, v) is None, tape.gradient(z, v))
    """, plans=False, runs=2)


@pytest.mark.parametrize("function", [
    tf.reduce_sum, lambda r: tf.reduce_sum(r * tf.constant(2.)), lambda r: tf.reduce_sum(r * r, 1),
    lambda r: tf.sparse.to_dense(r.to_sparse()), lambda r: tf.map_fn(lambda x: x * 2., r.values),
    lambda r: tf.sparse.reduce_sum(tf.SparseTensor([[0], [1], [2]], r.values, [3])),
    lambda r: tf.reduce_sum(tf.concat([r, r], 0)), lambda r: tf.function(tf.reduce_sum)(r),
])
def test_gradients_warns_where_the_way_leads_through_a_composite_tensor(tier, function):
    v = tf.Variable([1., 2., 3.])
    for _ in range(3):
        y = function(tf.RaggedTensor.from_row_lengths(v * v, [1, 2]))
        with pytest.warns(UserWarning, match="GradientTape"):
            found = tf.gradients(y, [v])
        assert found == [None]


def test_gradients_does_not_warn_of_composite_tensors_that_are_constant(tier, recwarn):
    v = tf.Variable(2.)
    for _ in range(3):
        y = tf.reduce_sum(tf.ragged.constant([[1.], [2., 3.]])) * v
        assert [float(g) for g in tf.gradients(y, [v])] == [6.]
    assert not recwarn.list


def test_watched_composite_tensor(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([2., 3.])
        for _ in range(3):
            r = tf.ragged.constant([[1.], [2., 3.]])
            s = tf.SparseTensor([[0, 1], [1, 0]], v * 1., [2, 2])
            with tf.GradientTape(persistent=True) as tape:
                tape.watch({'r': r, 's': [s]})
                y = tf.reduce_sum(r * r) * v
                z = tf.sparse.sparse_dense_matmul(s, [[1.], [2.]]) + r.to_tensor()
            found = tape.gradient([y, z], {'r': r, 's': (s, v)})
            show(found['r'], tf.sparse.to_dense(found['s'][0]), found['s'][1])
            show(tape.gradient(y, [s, v]), tape.gradient(y, s, unconnected_gradients='zero').values)
    """, plans=False, runs=2)


def test_composite_targets_and_their_cotangents(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1., 2., 3.])
        for _ in range(3):
            with tf.GradientTape(persistent=True) as tape:
                r = tf.RaggedTensor.from_row_lengths(v * v, [1, 2])
                s = tf.SparseTensor([[0], [1], [2]], v * v * v, [3])
                t = r * r
                w = v * 2.
            show(tape.gradient(r, v), tape.gradient([t, s, w], v), tape.gradient(t, r))
            show(tape.gradient(t, [v, r], output_gradients=r))
            show(tape.gradient([w, s], v, output_gradients=[None, s]))
            show(tape.gradient(s, r), tape.gradient(r, r))
    """, plans=False, runs=2)


def test_composite_source_of_op_calls_on_its_parts(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        r = tf.ragged.constant([[1.], [2., 3.]])
        v = tf.Variable([2., 3., 4.])
        for _ in range(3):
            with tf.GradientTape() as outer:
                outer.watch(r)
                with tf.GradientTape() as inner:
                    inner.watch(r)
                    y = tf.reduce_sum(r.values * r.values * v) + tf.reduce_sum(r * r * r)
                first = inner.gradient(y, r)
                z = tf.reduce_sum(first * first)
            show(first, outer.gradient(z, [r, v]))
    """, plans=False, runs=2)


def test_gradients_warns_of_a_composite_target():
    v = tf.Variable([1., 2., 3.])
    with pytest.warns(UserWarning, match="GradientTape"):
        found = tf.gradients(tf.RaggedTensor.from_row_lengths(v * v, [1, 2]), [v])
    assert found == [None]


def test_gradients_refuses_a_composite_source():
    r = tf.ragged.constant([[1.], [2., 3.]])
    with pytest.raises(TypeError, match="not RaggedTensor"):
        tf.gradients(tf.reduce_sum(r), r)


def test_gradient_by_way_of_many_rows_of_a_ragged_tensor(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.reshape(tf.range(200.), [100, 2]) * 0.01
        for step in range(2):
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.constant(0.)
                for k, row in enumerate(tf.RaggedTensor.from_tensor(tf.sin(x * 3.))):
                    total = total + tf.reduce_sum(tf.sin(row)) * k
            show(total, tape.gradient(total, x))
    """, plans=False)


def test_tensorflows_tape_is_gone_through_once_for_rows_that_came_one_after_the_other(
    cold, monkeypatch
):
    taken = []
    own_product = UnmarkedCalls.vector_jacobian_product

    def counted(self, *args):
        taken.append(len(self.outputs))
        return own_product(self, *args)

    monkeypatch.setattr(UnmarkedCalls, "vector_jacobian_product", counted)
    x = tf.constant([[1., 2.], [3., 4.], [5., 6.]]) * 1.
    with tf.GradientTape() as tape:
        tape.watch(x)
        rows = list(tf.RaggedTensor.from_tensor(x * x))
        y = tf.reduce_sum(tf.sin(rows[0]) * tf.cos(rows[1]) * tf.tan(rows[2]))
    assert tape.gradient(y, x).shape == (3, 2)
    assert taken == [3]


@pytest.mark.parametrize("paused", ["tape.stop_recording()", "tf.GradientTape()"])
def test_ragged_tensor_that_was_made_before_a_tape_paused(same_as_eager, paused):
    same_as_eager(f"""
        import tensorflow as tf
        x = tf.Variable([[1., 2.], [3., 4.]])
        for step in range(3):
            with tf.GradientTape(persistent=True) as tape:
                rows = tf.RaggedTensor.from_tensor(tf.sin(x))
                with {paused}:
                    rows + 1.
                y = tf.reduce_sum(rows[0] * rows[1])
            show(tape.gradient(y, x))
            z = y * 2.
            with tape:
                u = tf.reduce_sum(tf.sin(rows[1] * y))
            show(tape.gradient(u, x), tape.gradient(y, x), tape.gradient(z, x))
    """, plans=False)
