"""A plan that fails leaves everything as eager mode would have left it at the failing op call."""

import differential
import numpy as np
import pytest
import tensorflow as real_tensorflow

import tfimp as tf
from tfimp.runtime import executor
from tfimp.runtime.plan import Plan
from tfimp.runtime.plan_replay import PlanReplay
from tfimp.runtime.recording import op_call

# An op call that fails when `i` is 3, which a plan takes as an input: runs 0, 1, 2 let it be
# compiled. What it returns is 1.
CHECK = """
    import numpy as np
    import tensorflow as tf
    def check(i):
        return tf.reshape(tf.gather([1., 1., 1.], np.array([i] * 20)), [20])[0]
    def attempt(function):
        for i in [0, 1, 2, 1, 3, 0, 3, 3, 2]:
            try:
                function(i)
            except tf.errors.InvalidArgumentError:
                print('failed')
            show(*watched)
"""


@pytest.mark.parametrize("body", [
    # a write before the failure has happened, one after it has not
    "v.assign_add(1.); y = check(i); w.assign_add(y)",
    "v.assign(v * 2.); w.assign(v + 1.); y = check(i); v.assign(y + w)",
    # the failing op call comes first or last
    "y = check(i); v.assign_add(y); w.assign_sub(v)",
    "v.assign_add(1.); w.assign_sub(v); v.assign_add(w); y = check(i); y + 1",
    # its result is what is written
    "v.assign_add(1.); w.assign(check(i) * v); v.assign_add(w)",
    # several writes of one variable, read in between and not
    "v.assign_add(1.); v.assign_sub(.5); y = check(i); v.assign(7.); w.assign(y)",
    "v.assign_add(1.); y = v * 2.; v.assign(y); check(i); w.assign(y + v); v.assign_add(w)",
    # a failure that two op calls share: the first one stops the program
    "v.assign_add(1.); check(i); w.assign_add(1.); check(i); v.assign_add(10.)",
    # a gradient through what was written
    "v.assign_add(1.); y = tf.square(v) * check(i); w.assign_sub(tf.gradients(y, v)[0] * .1)",
    "v.assign_add(1.); g = tf.gradients(v * v, v)[0]; w.assign(g); v.assign(check(i) * g)",
])
def test_variables_are_as_eager_mode_leaves_them(hot, body):
    differential.check(CHECK + f"""
    v, w = watched = tf.Variable(1.), tf.Variable(3.)
    def step(i):
        {body}
    attempt(step)
    """, runs=2, plans=True)


def test_variables_of_a_loop_are_as_eager_mode_leaves_them(hot):
    differential.check(CHECK + """
    v, w = watched = tf.Variable([1., 2.]), tf.Variable(0)
    def step(i):
        for k in range(i + 2):
            v.assign(v * 1.5 - 0.25)
            w.assign_add(1)
            v.assign_add(v * check(k))
    attempt(step)
    """, runs=2, plans=True)


def test_variables_of_a_training_step_are_as_eager_mode_leaves_them(hot):
    differential.check(CHECK + """
    w, b, steps = watched = tf.Variable([[1., 2.], [3., 4.]]), tf.Variable([0., 0.]), tf.Variable(0)
    def step(i):
        with tf.new_step():
            steps.assign_add(1)
            x = tf.constant([[1., -1.], [0.5, 2.]])
            logits = tf.matmul(x, w) + b
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=np.array([i, 0]), logits=tf.concat([logits, logits[:, :1]], 1)))
            for variable, slope in zip([w, b], tf.gradients(loss, [w, b])):
                variable.assign_sub(0.1 * slope)
            show(loss)
    attempt(step)
    """, runs=2, plans=True)


def test_gradient_after_a_failure_knows_what_was_written(hot):
    differential.check(CHECK + """
    v, w = watched = tf.Variable(2.), tf.Variable(3.)
    def step(i):
        with tf.GradientTape() as tape:
            y = v * v * w
            w.assign_add(1.)
            try:
                v.assign(check(i) * 5.)
                w.assign_add(v)
            except tf.errors.InvalidArgumentError:
                print('inside')
            y = y * v + w
        show(y, tape.gradient(y, [v, w]))
    attempt(step)
    """, runs=2, plans=True)


def test_step_of_an_optimizer_is_not_made_when_the_loss_fails(hot):
    differential.check(CHECK + """
    layer = tf.keras.layers.Dense(2)
    layer.build([None, 2])
    layer.kernel.assign([[1., 2.], [3., 4.]])
    optimizer = tf.keras.optimizers.Adam(0.1)
    optimizer.build(layer.trainable_variables)
    count = tf.Variable(0)
    watched = [count, *(variable.value for variable in optimizer.variables + layer.variables)]
    def step(i):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(tf.constant([[1., 2.]])) ** 2) * check(i)
        count.assign_add(1)
        gradients = tape.gradient(loss, layer.trainable_variables)
        optimizer.apply_gradients(zip(gradients, layer.trainable_variables))
    attempt(step)
    """, runs=2, plans=True)


def test_value_of_another_shape_is_not_written(hot):
    differential.check("""
        import tensorflow as tf
        fixed, free = tf.Variable([1., 2., 3.]), tf.Variable([1.], shape=[None])
        for n in [3, 3, 3, 2, 4, 5, 3, 4, 1, 3]:
            for write in (fixed.assign, fixed.assign_add, free.assign, free.assign_sub):
                try:
                    fixed.assign_add([1., 1., 1.])
                    write(tf.range(0., float(n)) * 2.)
                    free.assign_add(free * 0.5)
                except (tf.errors.InvalidArgumentError, ValueError) as error:
                    print(type(error).__name__)
                show(fixed, free)
    """, runs=2, plans=True)


@pytest.mark.parametrize("lost", [
    "tf.gather(z, k)", "tf.gather(z, k) * 2 + 1", "z[tf.constant(k)[0]]",
    "tf.linalg.inv(tf.eye(20) * (3. - np.float32(k)))",
    "tf.linalg.cholesky(tf.eye(20) * (2.5 - np.float32(k)))",
    "tf.range(3) // (3 - k[:3])", "tf.constant([7]) % (tf.constant([3]) - k)",
    "tf.pow(tf.constant([2]), 2 - k)", "tf.scatter_nd(k[:, None], tf.ones([20]), [3])",
    "tf.nn.sparse_softmax_cross_entropy_with_logits(labels=k, logits=tf.ones([20, 3]))",
    "tf.strings.to_number(tf.gather(['0', '1', '2', 'x'], k))",
    "tf.math.unsorted_segment_sum(tf.ones([20]), k, 3)",
    "tf.ensure_shape(tf.range(tf.maximum(tf.constant(k)[0], 2)), [2])",
    "tf.reverse_sequence(tf.ones([20, 3]), k + 1, 1)",
])
def test_op_call_whose_result_nobody_uses_fails_nevertheless(hot, lost):
    differential.check(CHECK + f"""
    watched = []
    x = tf.constant([1., 2., 3.])
    def step(i):
        z, k = x * 2, np.full(20, i)
        {lost}
        show(z + 1)
    attempt(step)
    """, runs=2, plans=True)


@pytest.fixture
def kept(monkeypatch):
    """The types of the operations without use that the plans compiled in the test run."""
    types: list[str] = []

    def finish(self, outputs):
        unneeded = original(self, outputs)
        types.extend(operation.type for operation in unneeded)
        return unneeded

    original = PlanReplay.finish
    monkeypatch.setattr(PlanReplay, "finish", finish)
    return types


def test_op_call_without_use_is_left_out_where_no_value_makes_it_fail(hot, kept):
    def step(x):
        y = tf.matmul(x, x, transpose_b=True)
        tf.nn.softmax(tf.reduce_mean(tf.exp(y), axis=1)[1:])
        tf.reshape(tf.transpose(y), [-1]) / 3. + tf.cast(tf.argmax(y), tf.float32)[1]
        tf.nn.dropout(tf.nn.relu(y), 0.) + tf.concat([y, y], 1)[:, 2:-2]
        tf.range(5) // 2 + tf.one_hot([1, 2], 5, dtype=tf.int32)[0]
        return y + tf.nn.moments(y, [0])[0]

    for _ in range(4):
        step(np.ones([4, 3], np.float32)).numpy()
    assert kept == []


def test_what_a_gradient_computes_too_much_is_left_out(hot, kept):
    x = tf.Variable([[1., 2.], [3., 4.]])
    for _ in range(4):
        y = tf.reduce_prod(tf.gather(x, np.full(20, 1)) * tf.linalg.inv(x)[0])
        print(tf.gradients(y, x)[0], y)
    assert kept == []


def test_op_call_that_may_fail_is_kept_once_and_not_what_it_needs(hot, kept):
    for _ in range(4):
        x = tf.constant([1., 2.]) * 2.
        tf.reduce_sum(tf.gather(x * 3., np.full(20, 1)) + 1.)
        x.numpy()
    assert kept == ["GatherV2"]


class Memory:
    """Memory that ends when the test says so: TensorFlow waits ten seconds before it gives up."""

    def __init__(self, monkeypatch):
        self.ended = False
        run = Plan.run
        monkeypatch.setattr(Plan, "run", lambda plan, *args: self.use() or run(plan, *args))
        self.large = op_call(self._large)

    def use(self):
        if self.ended:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM")

    def _large(self, x):
        if real_tensorflow.executing_eagerly():
            self.use()
        return real_tensorflow.math.exp(x)


@pytest.fixture
def memory(monkeypatch):
    return Memory(monkeypatch)


def needs_memory(memory):
    x = tf.constant([1., 2.]) * 0.
    return memory.large(x)  # the line where memory ends


def check_that_memory_ends_in(action):
    with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
        action()
    line = needs_memory.__code__.co_firstlineno + 2
    assert any(f"line {line}" in note for note in caught.value.__notes__)
    return " ".join(caught.value.__notes__)


def test_end_of_memory_names_the_line_and_the_program_goes_on(hot, memory):
    for memory.ended in (False, False, False, True, True, False):
        if memory.ended:
            notes = check_that_memory_ends_in(lambda: needs_memory(memory).numpy())
            assert "may or may not" not in notes
        else:
            assert str(needs_memory(memory)) == "[1. 1.]"


def test_end_of_memory_in_a_plan_that_writes_says_what_is_unknown(hot, memory):
    v = tf.Variable(0.)

    def step():
        v.assign_add(1.)
        return needs_memory(memory) * v

    assert [str(step()[0]) for _ in range(3)] == ["1.0", "2.0", "3.0"]
    memory.ended = True
    notes = check_that_memory_ends_in(lambda: print(step()))
    assert "may or may not hold their new values" in notes
    memory.ended = False
    v.assign(0.)
    assert [str(step()[0]) for _ in range(3)] == ["1.0", "2.0", "3.0"]


def test_what_cannot_be_compiled_goes_on_in_tier_0(hot, monkeypatch):
    compiled = []

    def fail(*args):
        compiled.append(args)
        raise RuntimeError("a fault")

    monkeypatch.setattr(executor, "Plan", fail)
    v = tf.Variable(1.0)
    shown = []
    with pytest.warns(RuntimeWarning, match="could not compile .* RuntimeError: a fault") as warned:
        for _ in range(5):
            v.assign_add(1.0)
            shown.append((v * 2.0).numpy())  # carried out here
    assert shown == [4.0, 6.0, 8.0, 10.0, 12.0]
    assert len(compiled) == len(warned) == 1
    with open(warned[0].filename) as file:
        assert "# carried out here" in file.readlines()[warned[0].lineno - 1]
