"""Variables: read and written in program order, in either tier."""

import pytest

import tfimp


def test_variable_is_readable_with_no_initialiser(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.Variable(np.array([[1., 2.], [3., 4.]]), dtype=tf.float32)
        y = tf.constant([[1, 2.]])
        z = tf.matmul(y, x)
        show(z, x)
    """)


def test_initial_value_may_be_a_function_or_a_pending_tensor(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        show(tf.Variable(lambda: tf.ones([2])) * 2)
        x = tf.ones([2]) * 3
        v = tf.Variable(x)
        w = tf.Variable(v + 1)
        show(v, w, w + v)
    """)


@pytest.mark.parametrize("expression", [
    "v + 1", "1 - v", "v * v", "-v", "abs(v)", "v / w", "v ** 2", "v // 2", "v % 2", "v @ w",
    "v > 1",
    "v == w", "v != 1", "v[0]", "v[:, ::-1]", "v[..., None]", "v.shape.as_list()", "v.dtype.name",
    "v.numpy()", "v.value()", "v.read_value()", "tf.identity(v)", "tf.convert_to_tensor(v)",
    "tf.matmul(v, w)", "tf.reduce_sum(v)", "tf.reduce_sum(input_tensor=v)", "tf.concat([v, w], 0)",
    "tf.stack([v, v])", "tf.transpose(v)", "tf.where(v > 2, v, 0.)", "tf.shape(v)",
    "tf.cast(v, tf.int32)",
    "tf.zeros_like(v)", "tf.gather(v, [1])", "np.asarray(v)", "np.sum(v)", "tf.linalg.norm(v)",
    "tf.add_n([v, w])", "tf.nest.map_structure(lambda t: t * 2, {'a': v})",
    "v + np.ones([2, 2], np.float32)",
    "tf.nn.embedding_lookup(v, [1, 0])", "v.gather_nd([[0, 1]])", "v.sparse_read([1])", "list(v)",
    "v.trainable", "float(v[0, 0])", "tf.is_tensor(v)", "isinstance(v, tf.Variable)",
    "isinstance(v, tf.Tensor)",
    "isinstance(v + 1, tf.Tensor)", "isinstance(v + 1, tf.Variable)", "v.name.split(':')[-1]",
])
def test_variable_in_an_expression(same_as_eager, expression):
    same_as_eager(f"""
        import numpy as np
        import tensorflow as tf
        v = tf.Variable([[1., 2.], [3., 4.]])
        w = tf.Variable([[5., 6.], [7., 8.]])
        w.assign_add(v)
        r = {expression}
        v.assign_sub(w)
        show(r, v, w)
    """, runs=3)


def test_reads_and_writes_keep_their_order(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(1.)
        a = v + 0
        v.assign_add(1.)
        b = v + 0
        v.assign(b * 10.)
        c = v * 1
        d = tf.identity(v)
        v.assign_sub(5.)
        e = v + a
        show(a, b, c, d, e, v)
    """)


def test_reads_and_writes_keep_their_order_in_a_loop(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        w = tf.Variable(10.)
        results = []
        for i in range(8):
            v.assign_add(1.)
            results.append(v * w)
            w.assign_sub(v)
        show(results, v, w)
    """)


def test_write_that_nothing_follows_is_carried_out(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(1.)
        for i in range(6):
            print(v.numpy())
            v.assign_add(1.)
        print(v.numpy())
    """)


def test_pending_write_is_carried_out_before_a_new_kind_of_op_call(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(1.)
        for i in range(6):
            y = v * i
            print(v.numpy())
            v.assign_add(1.)
            if i > 3:
                show(v ** i)
        show(v)
    """)


def test_writes_between_fetches(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        for i in range(8):
            v.assign_add(0.5)
            if v > 2:
                print("over", v.numpy())
            show(v + i)
    """)


def test_tensor_read_before_a_write_keeps_its_value(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        for i in range(5):
            old = v.value()
            kept = tf.identity(v)
            v.assign(v * 2 + 1)
            show(old, kept, v)
    """)


def test_two_names_of_one_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        w = v
        both = [v, w]
        for i in range(4):
            v.assign([5., 6.])
            w.assign_add([1., 1.])
            both[0].assign_sub(both[1] * 0.5)
            show(w is v, both[0] + both[1], tf.add_n([v, w]), v)
    """)


def test_many_variables_that_depend_on_each_other(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        vs = [tf.Variable(tf.fill([2], float(i))) for i in range(10)]
        for k in range(4):
            for i, v in enumerate(vs):
                v.assign_sub(0.1 * vs[(i + 1) % 10])
        show(vs)
    """)


def test_assignment_returns_the_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(1.)
        r = v.assign(2.)
        show(r + 1.)
        s = v.assign_add(3.).assign_sub(1.)
        show(s + 0, v.assign(4., read_value=False))
    """)


def test_assignment_takes_what_eager_takes(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        v = tf.Variable([1.0, 2.0])
        for value in (
            [3, 4],
            [5.0, 6.0],
            np.array([7.0, 8.0], np.float32),
            np.array([9.0, 1.0]),
            (1.0, 2.0),
            tf.constant([1.0, 3.0]),
            tf.constant([1.0, 3.0]) * 2,
            tf.Variable([4.0, 5.0]),
        ):
            try:
                v.assign(value)
                v.assign_add(value)
            except Exception as error:
                print(type(error).__name__)
            show(v)
    """)


@pytest.mark.parametrize("statement", [
    "v.assign([1., 2., 3.])", "v.assign('a')", "v.assign(tf.constant([1, 2]))", "v + 'a'",
    "v.assign_add([1., 2., 3.])", "v[5]", "hash(v)", "v == None", "bool(v)", "len(v)",
    "v.not_there",
    "v[0] = 1.", "v.assign()", "v + tf.constant([1, 2])", "tf.Variable()",
    "tf.Variable('a', dtype=tf.float32)",
    "v.assign_sub(None)",
])
def test_variable_refuses_what_eager_refuses(same_as_eager, statement):
    same_as_eager(f"""
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        v.assign_add([1., 1.])
        try:
            {statement}
        except Exception as error:
            print(type(error).__name__)
        show(v)
        {statement}
    """, plans=False)


@pytest.mark.parametrize("initial, delta", [
    ("3", "1"), ("1., dtype=tf.float64", "0.1"), ("[1, 2], dtype=tf.int64", "[1, 1]"),
    ("1 + 2j", "1j"),
    ("tf.zeros([0, 3])", "tf.ones([0, 3])"), ("[1., 2.], dtype=tf.float16", "[1., 1.]"),
])
def test_variable_of_any_dtype(same_as_eager, initial, delta):
    same_as_eager(f"""
        import tensorflow as tf
        v = tf.Variable({initial})
        for i in range(5):
            v.assign_add({delta})
            show(v, v + v)
    """, runs=2)


def test_variable_of_bools_and_strings(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        b = tf.Variable(True)
        s = tf.Variable("a")
        for i in range(5):
            b.assign(not b)
            s.assign(s + "x")
            show(b, s, b & True)
    """)


def test_variable_whose_shape_varies(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2.], shape=tf.TensorShape(None))
        for i in range(6):
            v.assign(tf.ones([i % 4]))
            show(v * 2, tf.shape(v), v)
        v.assign(5.)
        show(v + 1)
    """)


def test_truth_and_numbers_of_a_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        print("yes" if v else "no", bool(v), float(v), int(v))
        while v < 5:
            v.assign_add(1.)
        if v:
            print(v.numpy(), float(v), int(v))
    """)


def test_sliced_assignment(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2., 3., 4.])
        for i in range(4):
            v[i].assign(v[i] * 2 + i)
            show(v + 0)
            v[1:3].assign([7., 8.])
            show(v)
    """)


def test_only_parts_of_variables_can_be_assigned(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2., 3., 4.])
        x = tf.constant([1., 2.]) * 2.
        for tensor in (v[1:], v[1:] * 1., x, v.read_value(), tf.constant(1.)):
            print([hasattr(tensor, name) for name in ("assign", "assign_add", "assign_sub")])
        for i in range(3):
            v[:2].assign(x * i, name="some")
            show(v)
        v[0].assign_add(1.)
    """, plans=False)


def test_scattered_updates(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2., 3., 4.])
        for i in range(4):
            v.assign_add([1., 1., 1., 1.])
            v.scatter_update(tf.IndexedSlices(tf.constant([10.]), tf.constant([1])))
            v.scatter_add(tf.IndexedSlices(tf.constant([1.]) * i, tf.constant([2])))
            show(v * 2)
            v.scatter_nd_add([[0]], [1.])
            tf.compat.v1.scatter_add(v, [3], [1.])
            show(v)
    """)


def test_sparse_reads_see_the_value_at_their_time(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([[1., 2.], [3., 4.], [5., 6.]])
        for i in range(4):
            e = tf.nn.embedding_lookup(v, [0, 2])
            g = tf.gather(v, i % 3)
            s = v.sparse_read([1, 0])
            v.assign_add(tf.ones_like(v))
            show(e, g, s, v)
    """)


def test_constraint_and_attributes_are_kept(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., -2.], constraint=tf.nn.relu, trainable=False, name="hello")
        v.assign_sub([3., -3.])
        show(v.constraint(v), v.trainable, v.name, v.shape.as_list(), v.dtype.name)
    """, plans=False)


def test_deep_copy_is_a_variable_of_its_own(same_as_eager):
    same_as_eager("""
        import copy
        import tensorflow as tf
        v = tf.Variable([1., 2.])
        v.assign_add([1., 1.])
        c = copy.deepcopy(v)
        v.assign([5., 5.])
        c.assign_add([1., 1.])
        show(v, c)
    """, plans=False)


def test_text_of_a_variable(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 2.], name="w")
        v.assign_add([1., 1.])
        print(repr(v))
        print(v)
    """, plans=False)


def test_assignment_functions_of_tensorflow_1(tier):
    tf = tfimp
    for _ in range(4):
        v = tf.Variable([1., 2.])
        tf.assign(v, [3., 4.])
        tf.assign_add(v, [1., 1.])
        tf.assign_sub(v, [0.5, 0.5])
        assert str(tf.identity(v)) == "[3.5 4.5]"
        assert str(tf.assign_sub(v, [1., 1.]) + 0) == "[2.5 3.5]"


def test_write_that_waits_is_seen_by_unmarked_code(tier):
    import tensorflow

    for i in range(5):
        v = tfimp.Variable([1., 2.])
        v.assign_add([i, i])
        assert tensorflow.reduce_sum(v).numpy() == 3 + 2 * i
        v.assign_add([1., 1.])
        assert tensorflow.convert_to_tensor(v).numpy().tolist() == [2 + i, 3 + i]
        assert (tensorflow.constant([1., 1.]) * v).numpy().tolist() == [2 + i, 3 + i]


def test_write_by_unmarked_code_is_seen(tier):
    import tensorflow

    def unmarked(variable):
        tensorflow.compat.v1.assign_add(variable, [1., 1.])
        tensorflow.raw_ops.AssignAddVariableOp(resource=variable.handle, value=[1., 1.])

    v = tfimp.Variable([1., 2.])
    for i in range(5):
        y = v * 2
        unmarked(v)
        assert str(v + 0) == str(tfimp.constant([1. + 2 * (i + 1), 2. + 2 * (i + 1)]))
        assert str(y) == str(tfimp.constant([2. + 4 * i, 4. + 4 * i]))


def test_variables_made_by_unmarked_code(tier):
    import tensorflow

    v = tensorflow.Variable([1., 2.])
    for i in range(5):
        y = tfimp.reduce_sum(v) + v[0]
        v.assign_add([1., 1.])
        assert float(y) == 4. + 3 * i
