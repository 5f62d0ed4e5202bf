"""Errors: TensorFlow's own class, the user's line, and the program can go on."""

import traceback

import numpy as np
import pytest

import tfimp as tf
from tfimp.runtime.imports import import_module


def test_gather_out_of_range(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2., 3.])
        for i in [0, 1, 2, 1, 0, 7, 1]:
            y = x * 2
            try:
                z = tf.gather(y, tf.constant(i))
                print(z.numpy())
            except tf.errors.InvalidArgumentError as e:
                print('bad')
            show(y + 1)
    """)


def test_singular_matrix(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for k in [1., 2., 3., 4., 0., 5.]:
            m = tf.constant([[1., 0.], [0., 1.]]) * k
            n = m + 0
            try:
                show(tf.linalg.inv(n))
            except tf.errors.InvalidArgumentError as e:
                print('singular')
            show(n)
    """)


def test_check_numerics(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.Variable(1.)
        for k in [1., 2., 3., 4., 0., 5.]:
            try:
                y = tf.debugging.check_numerics(1. / (x * k), 'oops') * 2
                show(y)
            except tf.errors.InvalidArgumentError as e:
                print('nan')
            x.assign_add(1.)
        show(x)
    """)


def test_reshape_of_another_size(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in [4, 4, 4, 4, 6, 4]:
            x = tf.range(n)
            y = x * 2
            try:
                z = tf.reshape(y, [2, 2]) + 1
                show(z)
            except tf.errors.InvalidArgumentError: print('bad')
    """)


def test_division_of_integers_by_zero(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in [4, 2, 3, 4, 0, 4]:
            x = tf.constant([10, 20]) + 0
            y = tf.constant(n)
            try:
                z = x // y + 1
                show(z)
            except tf.errors.InvalidArgumentError: print('bad')
    """)


def test_failure_between_writes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        for i in [0, 1, 0, 1, 5, 1]:
            try:
                v.assign_add(1.)
                z = tf.gather(tf.constant([1., 2.]), tf.constant(i)) * v
                v.assign_add(10.)
                print(z.numpy())
            except tf.errors.InvalidArgumentError: print('bad')
        print('end')
    """, plans=False)


def test_matrix_that_is_not_positive_definite(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for k in [1., 2., 3., 4., -1., 5.]:
            try:
                m = tf.eye(2) * k
                c = tf.linalg.cholesky(m) * 2
                show(tf.linalg.band_part(c, -1, 0))
            except tf.errors.InvalidArgumentError as e: print('bad')
    """)


def test_shapes_that_come_to_disagree(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in [2, 2, 2, 3, 2, 4]:
            try:
                a = tf.ones([2, n]) * 2
                b = tf.matmul(a, tf.ones([2, 2])) + 1
                show(b)
            except (tf.errors.InvalidArgumentError, ValueError) as e: print(type(e).__name__)
    """)


def test_arrays_whose_shapes_come_to_disagree(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        for n in [2, 2, 2, 3, 2, 4]:
            try:
                a = np.ones([2, n], np.float32)
                b = tf.matmul(a, tf.ones([2, 2])) + 1
                show(b)
            except (tf.errors.InvalidArgumentError, ValueError) as e: print(type(e).__name__)
    """)


def test_concatenation_of_what_comes_to_disagree(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        for n in [2, 2, 1, 3, 2, 4, 1, 2]:
            try:
                b = tf.concat([np.ones([2, 2], np.float32), np.ones([1, n], np.float32)], 0)
                show(b * 2)
            except Exception as e: print(type(e).__name__)
    """)


def test_dtypes_that_come_to_disagree(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        for d in [tf.float32, tf.float32, tf.float32, tf.int32, tf.float64, tf.float32]:
            try: show(x * 2 + tf.constant([1, 2], dtype=d))
            except Exception as e: print(type(e).__name__)
    """)


def test_labels_out_of_range(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for l in [[0], [1], [1], [2], [5], [0]]:
            try:
                o = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=l, logits=tf.constant([[1.0, 2.0, 3.0]]) * 2
                )
                show(o)
            except tf.errors.InvalidArgumentError:
                print('bad')
    """)


def test_strings_that_are_no_numbers(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for s in ['1', '2', '3', 'x', '4']:
            try:
                show(tf.strings.to_number(tf.constant([s])) * 2)
            except tf.errors.InvalidArgumentError: print('bad')
    """)



@pytest.mark.parametrize("statement", [
    "z = tf.matmul(y, y)", "z = y + tf.ones([4])", "z = y + tf.constant([1, 2, 3])",
    "z = tf.reshape(y, [4])",
    "z = tf.concat([y, tf.ones([2, 4])], 0)", "z = y @ y", "z = tf.cast('a', tf.float32)",
    "z = y[5]",
    "z = tf.reduce_sum(y, axis=7)", "z = tf.linalg.inv(y)", "z = tf.add_n([y, tf.ones([1])])",
    "z = tf.nn.softmax(tf.constant([1, 2]))", "z = tf.nn.bias_add(y, [1.])",
])
def test_wrong_shapes_and_dtypes_are_raised_on_the_line_of_the_user(same_as_eager, statement):
    same_as_eager(f"""
        import tensorflow as tf
        for i in range(4):
            x = tf.ones([2, 3])
            y = x * 2
            print(y.numpy())
        y = x * 3 + 1
        {statement}
        w = y + 1
    """, plans=False)


WARM_UP = (0, 1, 2, 0, 1, 2, 0, 1)


def failing_in_a_plan(index):
    x = tf.constant([1., 2., 3.])
    y = x * 2
    z = tf.gather(y, tf.constant(np.array(index)))  # the line that fails
    return z + 1


def test_failure_inside_a_plan_names_the_line_that_made_the_op_call(hot):
    for index in WARM_UP:
        failing_in_a_plan(index).numpy()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        failing_in_a_plan(7).numpy()
    text = "".join(traceback.format_exception(caught.value))
    line = failing_in_a_plan.__code__.co_firstlineno + 3
    assert any(f"line {line}" in note for note in caught.value.__notes__)
    assert __file__ in text and f"line {line}" in text
    assert "the line that fails" in text


def write_and_fail(variable, index):
    variable.assign_add(1.)
    z = tf.gather(tf.constant([1., 2.]), tf.constant(np.array(index)))  # the line that fails
    return z * variable


def test_failure_inside_a_plan_that_writes_names_the_line_too(hot):
    v = tf.Variable(0.)
    for index in WARM_UP:
        write_and_fail(v, index % 2).numpy()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        write_and_fail(v, 7).numpy()
    line = write_and_fail.__code__.co_firstlineno + 2
    assert any(f"line {line}" in note for note in caught.value.__notes__)


def test_program_goes_on_after_a_failure_inside_a_plan(hot):
    for index in (*WARM_UP, 7, 1, 9, 2):
        if index < 3:
            assert float(failing_in_a_plan(index)) == 2 * (index + 1) + 1
        else:
            with pytest.raises(tf.errors.InvalidArgumentError):
                failing_in_a_plan(index).numpy()


def test_tensor_whose_op_call_failed_raises_again(hot):
    for index in WARM_UP:
        failing_in_a_plan(index).numpy()
    z = failing_in_a_plan(7)
    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError):
            z.numpy()


def test_results_before_the_failure_keep_their_values(hot):
    def compute(index):
        x = tf.constant([1., 2., 3.])
        y = x * 2
        return y, tf.gather(y, tf.constant(np.array(index)))

    for index in WARM_UP:
        compute(index)[1].numpy()
    y, z = compute(7)
    with pytest.raises(tf.errors.InvalidArgumentError):
        z.numpy()
    assert str(y) == "[2. 4. 6.]"


def test_placeholder_is_refused_with_advice(tier):
    with pytest.raises(RuntimeError, match="pass the value itself"):
        tf.placeholder(tf.float32)
    with pytest.raises(RuntimeError, match="pass the value itself"):
        tf.compat.v1.placeholder(tf.float32, [None])


def test_name_that_tensorflow_has_not_is_refused_in_its_words(tier):
    with pytest.raises(AttributeError, match="module 'tensorflow' has no attribute 'not_there'"):
        _ = import_module("tensorflow").not_there


def test_traceback_ends_in_the_user_s_file_or_below_it(tier):
    try:
        tf.matmul(tf.ones([2, 3]) * 2, tf.ones([2, 3]))
    except tf.errors.InvalidArgumentError as error:
        files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    assert files[0] == __file__
