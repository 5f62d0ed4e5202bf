"""The optimizers and savers of TensorFlow 1, compared with graph mode and a session."""

from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import tensorflow as tensorflow_2
import tensorflow.compat.v1 as v1

import tfimp
from tests.runtime.graph_mode import assert_same, graph_mode, marked, single
from tfimp.runtime.version_1.graph import current_graph


@pytest.fixture(autouse=True)
def new_graph():
    """Every test begins without variables."""
    current_graph().clear()


RECORDED = [
    "GradientDescentOptimizer(0.1)", "MomentumOptimizer(0.1, 0.9)",
    "MomentumOptimizer(0.1, 0.9, use_nesterov=True)", "AdamOptimizer(0.1)", "RMSPropOptimizer(0.1)",
    "RMSPropOptimizer(0.1, momentum=0.9, centered=True)", "AdagradOptimizer(0.1)",
]
RUN_AT_ONCE = [
    "AdadeltaOptimizer(0.5)", "FtrlOptimizer(0.1, l1_regularization_strength=0.01)",
    "ProximalGradientDescentOptimizer(0.1, l2_regularization_strength=0.1)",
    "ProximalAdagradOptimizer(0.1, l1_regularization_strength=0.01)",
    "AdagradDAOptimizer(0.1, global_step)",
]
LOSS = "tf.reduce_sum((w * [[1., 2.]] - 3.) ** 2) + tf.reduce_sum(tf.gather(e, [0, 2, 0]) ** 2)"
MODEL = """
w = tf.Variable([[0.5, -1.], [2., 0.]], name="w")
e = tf.Variable([[1.], [2.], [3.]], name="e")
unused = tf.Variable([1.], name="unused")
global_step = tf.Variable(0, trainable=False, name="global_step", dtype=tf.int64)
"""


@pytest.mark.parametrize("optimizer", RECORDED)
def test_minimize_takes_the_steps_of_a_session(tier, optimizer):
    check_steps(optimizer)


@pytest.mark.parametrize("optimizer", RUN_AT_ONCE)
def test_minimize_takes_the_steps_of_a_session_by_tensorflows_kernels(cold, optimizer):
    check_steps(optimizer)


def check_steps(optimizer):
    """Asserts that four steps leave variables and slots as they are in a graph."""
    names = {"tf": v1}
    def build():
        exec(MODEL + f"""
optimizer = tf.train.{optimizer}
loss = {LOSS}
train_op = optimizer.minimize(loss, global_step=global_step)
fetches = [w, e, unused, global_step]
        """, names)

    def run(session, built):
        for _ in range(4):
            session.run(names["train_op"])
        slots = {name: session.run(names["optimizer"].get_slot(names["w"], name))
                 for name in names["optimizer"].get_slot_names()}
        return [session.run(names["fetches"]), slots]

    expected = graph_mode(build, run)
    shown = marked(f"""
        import tensorflow.compat.v1 as tf
        {MODEL.replace(chr(10), chr(10) + "        ")}
        optimizer = tf.train.{optimizer}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for i in range(4):
                loss = {LOSS}
                train_op = optimizer.minimize(loss, global_step=global_step)
                session.run([train_op, loss])
            show(session.run([w, e, unused, global_step]))
            slots = {{name: optimizer.get_slot(w, name) for name in optimizer.get_slot_names()}}
            show(session.run(slots))
    """)
    assert_same(shown, expected)


def test_gradients_can_be_changed_between_computing_and_applying(tier):
    names = {"tf": v1}
    def build():
        exec(MODEL + f"""
optimizer = tf.train.AdamOptimizer(tf.constant(0.1))
pairs = optimizer.compute_gradients({LOSS}, [w, unused], grad_loss=tf.constant(2.))
pairs = [(None if g is None else tf.clip_by_value(g, -1., 1.), v) for g, v in pairs]
train_op = optimizer.apply_gradients(pairs, global_step)
        """, names)

    def run(session, built):
        for _ in range(3):
            session.run(names["train_op"])
        unconnected = [g is None for g, _ in names["pairs"]]
        return [unconnected, *session.run([names["w"], names["global_step"]])]

    expected = graph_mode(build, run)
    shown = marked(f"""
        import tensorflow.compat.v1 as tf
        {MODEL.replace(chr(10), chr(10) + "        ")}
        optimizer = tf.train.AdamOptimizer(tf.constant(0.1))
        for i in range(3):
            pairs = optimizer.compute_gradients({LOSS}, [w, unused], grad_loss=tf.constant(2.))
            pairs = [(None if g is None else tf.clip_by_value(g, -1., 1.), v) for g, v in pairs]
            optimizer.apply_gradients(pairs, global_step)
        show([g is None for g, _ in pairs], w, global_step)
    """)
    assert_same(shown, expected)


def test_learning_rate_decays_with_the_global_step(tier):
    names = {"tf": v1}
    def build():
        exec(MODEL + """
rate = tf.train.exponential_decay(0.1, global_step, 2, 0.5, staircase=True)
train_op = tf.train.GradientDescentOptimizer(rate).minimize(tf.reduce_sum(w * w), global_step)
        """, names)

    def run(session, built):
        return [[session.run(names["train_op"]) for _ in range(5)],
                *session.run([names["w"], names["rate"]])]

    expected = graph_mode(build, run)
    shown = marked(f"""
        import tensorflow.compat.v1 as tf
        {MODEL.replace(chr(10), chr(10) + "        ")}
        rate = tf.train.exponential_decay(0.1, global_step, 2, 0.5, staircase=True)
        optimizer = tf.train.GradientDescentOptimizer(rate)
        session = tf.Session()
        show([session.run(optimizer.minimize(tf.reduce_sum(w * w), global_step)) for i in range(5)])
        show(w, session.run(rate))
    """)
    assert_same(shown, expected)


def test_loss_may_be_a_function(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v, unused = tf.Variable([1., 2.]), tf.Variable(3.)
        optimizer = tf.compat.v1.train.MomentumOptimizer(0.1, 0.9)
        for i in range(4):
            optimizer.minimize(lambda: tf.reduce_sum(v * v))
            optimizer.minimize(lambda: tf.reduce_sum(v * v), var_list=[v])
        show(v, unused, [v.shape for v in optimizer.variables()])
    """)


@pytest.mark.parametrize("program, words", [
    ("tf.train.AdamOptimizer().minimize(tf.constant(1.))", "No variables to optimize"),
    ("v = tf.Variable(1.)\ntf.train.AdamOptimizer().minimize(tf.constant(1.))",
     "No gradients provided"),
    ("tf.train.AdamOptimizer().apply_gradients([])", "No variables provided"),
])
def test_optimizer_refuses_what_a_graph_refuses(program, words):
    with v1.Graph().as_default(), pytest.raises(ValueError, match=words):
        exec(program, {"tf": v1})
    with pytest.raises(ValueError, match=words):
        marked("import tensorflow.compat.v1 as tf\n" + program)


def test_averages_move_when_they_are_applied(tier):
    names = {"tf": v1}
    program = """
        with tf.variable_scope("a"):
            v = tf.get_variable("v", initializer=[1., 2.])
        average = tf.train.ExponentialMovingAverage(0.5)
        before = average.apply([v])
        with tf.control_dependencies([before]):
            changed = tf.assign(v, [3., 6.])
        with tf.control_dependencies([changed]):
            after = average.apply()
        names = [v.name for v in [*tf.global_variables(), *tf.moving_average_variables()]]
        restored = sorted(average.variables_to_restore())
    """

    def run(session, built):
        session.run(names["after"])
        average = names["average"].average(names["v"])
        return [session.run(average), names["names"], names["restored"]]

    expected = graph_mode(lambda: exec(dedent(program), names), run)
    shown = marked(f"import tensorflow.compat.v1 as tf\n{dedent(program)}\n"
                   "show(tf.Session().run([after, average.average(v)])[1], names, restored)")
    assert_same(shown, expected)
    with pytest.raises(RuntimeError, match="what a loop repeats stands in the loop"):
        marked(f"import tensorflow.compat.v1 as tf\n{dedent(program)}\n"
               "[tf.Session().run(after) for i in range(2)]")


def test_optimizer_of_the_users_own(tier):
    shown = marked("""
        import tensorflow.compat.v1 as tf
        class Plain(tf.train.Optimizer):
            def __init__(self):
                super().__init__(False, "Plain")
            def _resource_apply_dense(self, grad, var):
                return var.assign_sub(0.5 * grad)
        v = tf.Variable([4., 2.])
        optimizer = Plain()
        for i in range(3):
            optimizer.minimize(tf.reduce_sum(v * v) / 2.)
        show(v, isinstance(tf.train.AdamOptimizer(), tf.train.Optimizer))
    """)
    assert_same(shown, [single(0.5, 0.25), True])


def test_training_with_a_session_runs_one_plan_a_step_and_makes_none(hot):
    counts: list[Any] = []
    marked("""
        import tensorflow.compat.v1 as tf
        w = tf.get_variable("w", [3, 1], initializer=tf.zeros_initializer())
        optimizer = tf.train.AdamOptimizer(0.1)
        x = np.eye(3, dtype=np.float32)
        with tf.Session() as session:
            for i in range(60):
                loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.))
                _, value = session.run([optimizer.minimize(loss), loss])
                if i >= 30:
                    counts.append(stats())
    """, counts=counts, stats=tfimp.stats)
    first, last = counts[0], counts[-1]
    assert (last.trace_nodes, last.plans_compiled) == (first.trace_nodes, first.plans_compiled)
    assert last.calls_run_by_tier_0 == first.calls_run_by_tier_0
    assert last.plans_run == first.plans_run + 29


def test_saver_writes_what_a_session_restores_and_reads_what_one_saved(tmp_path):
    def build():
        with v1.variable_scope("a"):
            v1.get_variable("v", initializer=[1., 2.])
        v1.Variable([3], name="n")
        return v1.train.Saver()

    theirs, ours = str(tmp_path / "theirs-3"), str(tmp_path / "ours")
    graph_mode(build, lambda session, saver: saver.save(session, theirs[:-2], global_step=3))
    shown = marked("""
        import tensorflow.compat.v1 as tf
        with tf.variable_scope("a"):
            v = tf.get_variable("v", initializer=[0., 0.])
        n = tf.Variable([0], name="n")
        saver = tf.train.Saver()
        with tf.Session() as session:
            saver.restore(session, theirs)
            y = v * 10.
            v.assign_add([1., 1.])
            show(session.run([y, v, n]), saver.save(session, ours) == ours)
            show(tf.train.latest_checkpoint(folder) == ours)
            tf.assign(n, [9])
            saver.restore(session, ours)
            show(n, v)
    """, theirs=theirs, ours=ours, folder=str(tmp_path))
    three = np.array([3], np.int32)
    assert_same(shown, [[single(10, 20), single(2, 3), three], True, True, three, single(2, 3)])

    def restore(session, saver):
        saver.restore(session, ours)
        return session.run(v1.global_variables())

    assert_same([shown[4], shown[3]], graph_mode(build, restore))


def test_saver_keeps_the_last_checkpoints_and_the_optimizer_s_state(tmp_path):
    shown = marked("""
        import os
        import tensorflow.compat.v1 as tf
        v = tf.Variable([1.], name="v")
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        step = tf.train.get_or_create_global_step()
        saver = tf.train.Saver(max_to_keep=2)
        session = tf.Session()
        for i in range(4):
            optimizer.minimize(tf.reduce_sum(v * v), step)
            saver.save(session, os.path.join(folder, "model"), global_step=step)
        show([os.path.basename(path) for path in saver.last_checkpoints])
        show(sorted(name for name, _ in tf.train.list_variables(folder)))
        saver.restore(session, saver.last_checkpoints[0])
        show(step, sorted({name.split(".")[0] for name in os.listdir(folder)}))
        only = tf.train.Saver({"other": v})
        show(tf.train.list_variables(only.save(None, os.path.join(folder, "only"))))
    """, folder=str(tmp_path))
    assert shown == [["model-3", "model-4"], ["global_step", "v", "v/Momentum"], ("int64", (), 3),
                     ["checkpoint", "model-3", "model-4"], [["other", [1]]]]


def test_saver_refuses_what_it_cannot_find(tmp_path):
    program = """
        import tensorflow.compat.v1 as tf
        v = tf.Variable(1., name="v")
        path = tf.train.Saver([v]).save(None, folder + "/model")
        {}
    """
    marked(program.format("tf.train.Saver({'v': v}).restore(None, path)"), folder=str(tmp_path))
    with pytest.raises(ValueError, match="not a valid checkpoint"):
        marked(program.format("tf.train.Saver().restore(None, 'none')"), folder=str(tmp_path))
    with pytest.raises(ValueError, match="No variables to save"):
        marked(program.format("tf.train.Saver([]).save(None, path)"), folder=str(tmp_path))
    with pytest.raises(tensorflow_2.errors.NotFoundError, match="Key u not found"):
        marked(program.format("tf.train.Saver({'u': v}).restore(None, path)"), folder=str(tmp_path))
