"""The same code with other values: constants become inputs, and nothing is confused."""

import itertools
import os

import differential
import numpy as np
import pytest
import tensorflow as tf

import tfimp
from tfimp.runtime import generalise, plan
from tfimp.runtime.weak_inputs import WeakInput


def test_python_float_that_decays(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable([1., 1.])
        for i in range(10):
            rate = 0.1 / (1 + i)
            v.assign_sub(rate * v)
            show(v * rate)
    """)


@pytest.mark.parametrize("use", [
    "a * r", "r - a", "a ** r", "tf.maximum(a, r)", "tf.constant(r) + a", "tf.fill([2], r)",
    "tf.constant(r, tf.float64)", "tf.linspace(0., r, 2)", "tf.clip_by_norm(a, r)",
    "tf.stack([r, a[0]])", "tf.nn.leaky_relu(-a, alpha=r)", "tf.nn.elu(a) * (r if i % 2 else 0.9)",
    "tf.gradients(a * r * r, v)[0]", "tf.image.adjust_gamma(tf.abs(a), gain=r)",
])
def test_number_that_varies_at_its_second_use(same_as_eager, use):
    same_as_eager(f"""
        import tensorflow as tf
        v = tf.Variable([1., -2.])
        r = 0.9
        for i in range(8):
            a = v * r
            b = {use}
            v.assign_sub(r * a)
            show(b, v)
            r = 0.9 if i == 5 else r * .95
    """)


@pytest.mark.parametrize("expression", [
    "x[i]", "x[i:]", "x[:i]", "x[i:i + 2]", "x[-i - 1]", "x[::i + 1]", "x * i", "x - i * 0.1",
    "x ** i",
    "i - x", "tf.gather(x, i)", "tf.roll(x, i, 0)", "tf.one_hot(i, 8)", "tf.zeros([i])",
    "tf.eye(i + 1)",
    "tf.range(i)", "tf.range(0., i + 1., 0.5)", "tf.linspace(0., float(i), 3)",
    "tf.fill([2], i * 1.5)",
    "tf.fill([i], 1.)", "tf.constant(i)", "tf.constant(float(i))", "tf.constant([i, i + 1])",
    "tf.constant([[i * .5]])", "tf.clip_by_value(x, i, i + 2.)", "tf.maximum(x, float(i))",
    "tf.maximum(float(i), x)", "tf.pow(x, i)", "tf.where(x > i, x, i * 1.)",
    "tf.where(x > i, i, 2 * i)",
    "tf.nn.leaky_relu(-x, i * .1)", "tf.add(i, i)", "tf.multiply(i + .5, 2.)", "tf.tile([1], [i])",
    "tf.reshape(tf.range(24), [-1, i % 3 + 1])", "tf.math.top_k(x, i + 1).values",
    "x + np.float32(i)",
    "tf.range(24)[i::i + 1] + i", "x + np.array([i] * 8, np.float32)", "tf.split(x, 2 ** (i % 3))",
    "tf.concat([x, [i]], 0)", "tf.concat([x, np.ones(i, np.float32)], 0)",
    "tf.cast(i, tf.float32) * x",
    "tf.stack([x[i], i * 1.])", "tf.reduce_sum(tf.reshape(x, [2, 2, 2]), i % 3)",
    "tf.pad(x, [[i, 1]])",
    "tf.cumsum(tf.reshape(x, [2, 4]), axis=i % 2)", "tf.equal(i, 3)",
    "tf.cast(x, [tf.int32, tf.int64][i % 2])",
    "tf.strings.join(['a', str(i)])", "tf.constant('a' * i)", "x * float(i > 3)",
    "tf.broadcast_to(x, [i + 1, 8])", "tf.sequence_mask(i, 8)",
    "tf.expand_dims(tf.ones([2, 2]), i % 3)",
    "tf.transpose(tf.ones([1, 2, 3]), [[0, 1, 2], [2, 1, 0], [1, 0, 2]][i % 3])",
])
def test_integer_that_counts(same_as_eager, expression):
    same_as_eager(f"""
        import numpy as np
        import tensorflow as tf
        x = tf.constant([1., 2., 3., 4., 5., 6., 7., 8.])
        for i in range(7):
            show({expression})
    """, runs=3)


def test_integer_that_counts_through_a_segment(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.range(10.) * 2
        total = tf.constant(0.)
        for i in range(10):
            total = total + x[i] * i
        show(total)
    """)


def test_batches_of_other_sizes(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        for n in (1, 2, 3, 2, 5, 1, 7):
            x = np.ones((n, 3), np.float32)
            y = tf.matmul(x, tf.ones([3, 2])) + n
            show(tf.reduce_mean(y, 0), tf.shape(y), y.shape)
    """)


def test_tensors_of_other_sizes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in (1, 2, 3, 2, 0, 1, 7, 4, 4):
            x = tf.ones([n, 3])
            y = tf.reduce_sum(x * 2., axis=0)
            z = tf.reshape(x, [-1])
            show(y, z, tf.concat([z, y], 0), tf.reduce_sum(x))
    """)


def test_tensors_of_other_ranks(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for shape in ([], [2], [2, 2], [1, 2, 2], [2], [], [2, 2], [3], [0]):
            x = tf.ones(shape)
            print(x.shape)
            show(tf.reduce_sum(x * 2), x + 1)
    """)


def test_tensors_of_other_dtypes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for dtype in (
            tf.float32,
            tf.int32,
            tf.float64,
            tf.float32,
            tf.int64,
            tf.complex64,
            tf.int32,
        ):
            x = tf.ones([2], dtype)
            print(x.dtype)
            show(x * 2, tf.reduce_sum(x + x))
    """)


def test_minibatches_with_a_smaller_last_one(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        X = np.arange(40, dtype=np.float32).reshape(20, 2)
        w = tf.Variable([[1.], [2.]])
        for epoch in range(3):
            for i in range(0, 20, 6):
                p = tf.matmul(X[i:i + 6], w)
                w.assign_sub(0.0001 * tf.reduce_mean(p) * tf.ones_like(w))
                print(p.shape)
                show(tf.reduce_sum(p))
        show(w)
    """)


def test_kinds_of_numbers_are_told_apart(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.constant([1., 2., 3.])
        n = tf.constant([1, 2, 3])
        for value in (1, 1., True, 2, 3, 4, 1.5, 2.5, 3.5, True, 7, np.float32(2), np.float32(3),
                      np.float32(4), np.float64(4), np.int32(2), False, 0):
            for t in (x, n):
                try:
                    show(t * value)
                except Exception as error:
                    show(type(error).__name__)
    """)


@pytest.mark.parametrize("dtype, values", [
    ("int32", [1, 2, 3, 4, 2**40, -1, 7]),
    ("int64", [1, 2, 3, 4, 2**40, 2**41, 2**42, -1]),
    ("float64", [0.1, 0.2, 0.3, 0.4, 1e-300, 1e300, 1 / 3, 2**53 + 1, 7]),
    ("float32", [0.1, 0.2, 0.3, 1e-30, 1e30, 16777217, 5, 2**70]),
    ("float16", [0.1, 0.2, 0.3, 0.4, 1000., 1e9]),
    ("uint8", [1, 2, 3, 4, 255, 256, -1, 7]),
    ("complex64", [1, 2., 3j, 1 + 1j, 2 + 2j, 4j, 5]),
])
def test_numbers_keep_their_precision_and_range(same_as_eager, dtype, values):
    same_as_eager(f"""
        import tensorflow as tf
        x = tf.constant([1, 2, 3], tf.{dtype})
        for value in {values}:
            try:
                show(x * value)
            except Exception as error:
                show(type(error).__name__)
            try:
                show(value + x)
            except Exception as error:
                show(type(error).__name__)
    """, rtol=1e-15 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("call", [
    "tf.constant(c) * x", "tf.fill([2], c) + x", "tf.cast(c, tf.float64)", "tf.sqrt(c)", "x * c",
    "tf.constant(c, tf.float32)", "tf.constant([c, 1.])", "tf.maximum(x, c)",
])
def test_float_beyond_the_range_of_a_tensor_is_refused_whatever_came_before(same_as_eager, call):
    same_as_eager(f"""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        for c in (1.5, 2.5, 3.5, 4.5, 5.5, 1e39, -1e39, 6.5, 3.4028235e38, 3.5e38, float("inf")):
            try:
                y = {call}
                show(y + y)
            except ValueError:
                print("refused", c)
    """)


def test_zero_times_what_is_not_finite_is_not_a_number(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        x = tf.constant(np.array([1., np.inf, np.nan, 0.], np.float32))
        show(x * 0., 0. * x, x / x - x / x, x * tf.zeros([4]), x - x)
    """)


def test_signs_of_zero_are_told_apart(same_as_eager):
    # In lists and arrays; eager itself has a cache of scalars that takes the one for the other.
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        for zero in (0., -0., 0., -0.):
            show(tf.math.atan2(tf.constant([zero, 1.]), [-1., -1.]))
            show(tf.math.atan2(tf.constant(np.array([zero, 1.])), np.array([-1., zero])))
            show(tf.math.atan2([1., zero], tf.constant([1., -1.]) + 0))
            show(1. / tf.constant([zero, zero]), tf.constant([complex(zero, zero)]))
    """)


def test_numbers_that_became_inputs_are_not_kept_by_tensorflow(hot):
    rates = [1.0 + 1e-7 * i for i in range(20_000)]
    x = tfimp.ones([2]) * 1.0
    for rate in rates[:1000]:
        (x * rate).numpy()
    before = memory_in_use()
    for rate in rates[1000:]:
        (x * rate).numpy()
    assert memory_in_use() < before + 4e6


def memory_in_use():
    """Bytes of memory that the process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_flags_are_told_apart(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.reshape(tf.range(6.), [2, 3])
        for axis in (0, 1, -1, None, (0, 1), [0], 0, 1):
            for keep in (True, False):
                show(tf.reduce_sum(x, axis, keep))
        for flag in (True, False, True):
            show(tf.matmul(x, x, transpose_a=flag, transpose_b=not flag))
    """)


def test_names_and_modes_are_told_apart(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.reshape(tf.range(16.), [1, 4, 4, 1])
        for padding in ("SAME", "VALID", "SAME"):
            show(tf.nn.max_pool2d(x, 3, 1, padding))
        for mode in ("CONSTANT", "REFLECT", "SYMMETRIC"):
            show(tf.pad(x[0, :, :, 0], [[1, 1], [1, 1]], mode))
        for equation in ("ij,jk->ik", "ij,kj->ik", "ij,ij->"):
            show(tf.einsum(equation, x[0, :, :, 0], x[0, :, :, 0]))
    """)


@pytest.mark.parametrize("expression", [
    "tf.strings.join([text, 'x'])", "tf.constant(text)", "tf.constant([text, 'a'])",
    "tf.strings.length(text)", "tf.strings.length(text, unit='UTF8_CHAR')", "names == text",
    "tf.equal(text, names)", "tf.strings.to_hash_bucket_fast(text, 10)", "names + text",
    "tf.strings.upper(text)", "tf.where(names == text, 1, 2)", "tf.fill([2], text)",
    "tf.strings.split(text, 'o')", "tf.strings.regex_replace(names, text, 'x')",
    "tf.strings.unicode_decode(text, 'UTF-8')", "tf.identity(1., name=text[0])",
    "tf.constant(text.encode())", "tf.strings.substr(text.encode(), 1, 2)", "tf.size(text)",
    "tf.reshape(tf.strings.bytes_split(text)[:2], [2])", "tf.repeat(text, 2)",
])
def test_text_that_varies(same_as_eager, expression):
    same_as_eager(f"""
        import tensorflow as tf
        names = tf.constant(["one", "two", "three"])
        for text in ("one", "four", "näht", "two", "one and two", "", "six"):
            try:
                show({expression})
            except (ValueError, tf.errors.OpError) as error:
                show(type(error).__name__)
    """, runs=3, plans=False)


@pytest.mark.parametrize("test", [
    lambda value: value == 1., lambda value: value != 1., bool, lambda value: value in (1., 2.),
    lambda value: {1.: 2.}.get(value), lambda value: not value, lambda value: value < 1.,
])
def test_what_stands_for_a_value_does_not_answer_for_it(test):
    with tf.Graph().as_default(), pytest.raises(TypeError):
        test(WeakInput(tf.compat.v1.placeholder(tf.float64, ()), tf.float32))


def test_text_that_varies_is_one_trace(hot):
    def check(numbers):
        for number in numbers:
            texts = tfimp.strings.join([f"item {number}", "x"])
            assert int(tfimp.strings.length(texts)) == 7 + (number > 9)
        return tfimp.stats()

    before, after = check(range(7)), check(range(7, 20))
    assert (after.trace_nodes, after.plans_compiled) == (before.trace_nodes, before.plans_compiled)
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0


def test_texts_that_must_stay_constants_stay_recorded(hot):
    x = tfimp.ones([2, 2])
    equations = [f"{a}{b},{b}{c}->{a}{c}" for a, b, c in itertools.permutations("ijkl", 3)]
    assert len(equations) > generalise.MOST_CONSTANTS
    for _ in range(4):
        before = tfimp.stats()
        for equation in equations:
            assert tfimp.einsum(equation, x, x).numpy().tolist() == [[2., 2.], [2., 2.]]
    assert tfimp.stats().plans_run == before.plans_run + len(equations)


def test_arguments_by_position_and_by_name_are_told_apart(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        y = tf.constant([3., 5.])
        show(tf.subtract(x, y), tf.subtract(x=x, y=y), tf.subtract(y=x, x=y), tf.subtract(y, y=x))
    """)


def test_same_tensor_twice_is_told_from_two_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        a = tf.constant([1., 2.])
        b = tf.constant([3., 5.])
        print(a.numpy(), b.numpy())
        for x, y in ((a, a), (a, b), (b, a), (b, b), (a, a)):
            show(x - y, tf.stack([x, y, x]), x * x + y)
    """)


def test_lists_are_told_from_tuples_and_lengths(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant([1., 2.])
        for parts in ([x], (x, x), [x, x], [x, x, x], [[x, x], [x, x]], ([x], [x])):
            show(tf.stack(parts), tf.convert_to_tensor(parts))
    """)


def test_loop_lengths_that_vary(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in (3, 5, 2, 8, 0, 5, 1):
            t = tf.constant([1., 2.])
            for i in range(n):
                t = t * 1.1 + i
            show(t)
    """)


def test_values_that_vary_compile_a_bounded_number_of_plans(hot):
    tf = tfimp
    x = tf.constant([1., 2., 3.])
    compiled = []
    for i in range(60):
        y = x * (i * 0.5) + i
        y.numpy()
        compiled.append(tf.stats().plans_compiled)
    assert compiled[-1] == compiled[20]


def test_number_that_became_an_input_is_one_of_its_gradient_at_once(hot):
    tf = tfimp
    table = tf.Variable(np.ones([12, 2], np.float32))
    nodes = []
    for word in range(3, 12):
        y = tf.reduce_sum(tf.gather(table, [word]) ** 2)
        assert float(y) == 2.
        gradient = tf.convert_to_tensor(tf.gradients(y, table)[0]).numpy()
        assert gradient.nonzero()[0].tolist() == [word, word]
        nodes.append(tf.stats().trace_nodes)
    assert nodes[3] == nodes[-1]


def test_small_integer_arrays_of_many_sizes_are_one_trace(hot):
    x = np.arange(20.)

    def gathered(size):
        return (tfimp.gather(x, np.arange(size) % 7) * 2.).numpy()

    for size in range(1, 7):
        gathered(size)
    before = tfimp.stats()
    for size in range(7, 16):
        assert gathered(size).tolist() == [2. * (i % 7) for i in range(size)]
    after = tfimp.stats()
    assert after.trace_nodes == before.trace_nodes
    assert after.plans_compiled == before.plans_compiled


def test_gradient_through_loops_of_many_lengths(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        w = tf.Variable([[.5, .1], [-.2, .3]])
        b = tf.Variable([.1, .2])
        for length in [3, 9, 5, 12, 7, 1, 10]:
            with tf.GradientTape() as tape:
                state = tf.zeros([1, 2])
                for inputs in np.linspace(0., 1., length, dtype=np.float32):
                    state = tf.tanh(tf.matmul(state, w) + b * inputs)
                loss = tf.reduce_sum(state)
            for v, g in zip([w, b], tape.gradient(loss, [w, b])):
                v.assign_sub(.1 * g)
            show(loss, w, b)
    """)


def test_plans_of_loops_of_many_lengths_are_bounded(hot):
    from tfimp.runtime import loops

    w = tfimp.Variable(.5)

    def train(length):
        loops.enter_loop("lengths", ())
        with tfimp.GradientTape() as tape:
            state = w * 1.
            for _ in range(length):
                loops.iterate("lengths")
                state = tfimp.tanh(state * w)
        w.assign_sub(.1 * tape.gradient(state, w))
        return float(w)

    for length in range(1, 30):
        train(length)
    before = tfimp.stats().plans_compiled
    for length in range(30, 60):
        train(length)
    assert tfimp.stats().plans_compiled == before


def test_a_rate_used_for_several_variables_is_one_input(hot):
    source = """
        import tensorflow as tf
        weights = [tf.Variable([1., 2.]), tf.Variable([3.]), tf.Variable(4.)]
        rate = 0.1
        for _ in range(8):
            for weight in weights:
                weight.assign_sub(rate * weight)
            rate *= 0.9
            show([weight.numpy() for weight in weights])
    """
    sizes = []
    compiled = plan._compile

    def counted(path, *args):
        sizes.append(len([spec for spec in plan.path_specs(path) if spec.kind == "scalar"]))
        return compiled(path, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "_compile", counted)
        differential.check(source, 2, True)
    assert sizes[-1] == 1
