"""When a segment is compiled: ski rental, and what counters show of it."""

import math

import pytest

import tfimp as tf
from tfimp.runtime import executor, segment
from tfimp.runtime.trace import tree


def compute():
    x = tf.constant([1., 2.]) * 2 + 1
    return x.numpy().tolist()


def test_cold_code_runs_op_by_op(cold):
    before = tf.stats()
    for _ in range(5):
        assert compute() == [3., 5.]
    after = tf.stats()
    assert after.plans_compiled == before.plans_compiled
    assert after.plans_run == before.plans_run
    assert after.calls_run_by_tier_0 - before.calls_run_by_tier_0 == 15


def test_hot_code_is_one_plan_that_runs_each_time(hot):
    for _ in range(2):
        compute()
    before = tf.stats()
    for _ in range(5):
        assert compute() == [3., 5.]
    after = tf.stats()
    assert after.plans_compiled == before.plans_compiled
    assert after.plans_run - before.plans_run == 5
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0
    assert after.calls_recorded - before.calls_recorded == 15


def test_first_visit_never_compiles(hot):
    before = tf.stats().plans_compiled
    compute()
    assert tf.stats().plans_compiled == before
    compute()
    assert tf.stats().plans_compiled == before + 1


def test_segment_is_compiled_once_the_time_lost_exceeds_the_cost(monkeypatch):
    segment.sync()
    tree.clear()
    monkeypatch.setattr(executor._cost, "expected", lambda node: math.inf)
    for _ in range(5):
        compute()
    before = tf.stats().plans_compiled
    monkeypatch.setattr(executor._cost, "expected", lambda node: 1e-9)
    compute()
    assert tf.stats().plans_compiled == before + 1


def test_two_places_with_the_same_op_calls_share_a_plan(hot):
    for _ in range(3):
        compute()
    before = tf.stats()
    y = tf.constant([1., 2.]) * 2 + 1
    assert y.numpy().tolist() == [3., 5.]
    after = tf.stats()
    assert after.plans_run == before.plans_run + 1
    assert after.trace_nodes == before.trace_nodes


def test_prints_of_several_tensors_are_one_run(hot):
    for _ in range(3):
        x = tf.constant([1., 2.]) * 2
        y = x + 1
        tf.fetch([x, y])
    before = tf.stats()
    x = tf.constant([1., 2.]) * 2
    y = x + 1
    tf.fetch([x, y])
    assert tf.stats().plans_run == before.plans_run + 1


def test_results_that_nobody_wants_are_not_computed(hot):
    def step():
        x = tf.constant([1., 2.]) * 2
        tf.linalg.inv(tf.zeros([2, 2]) * x[0] + tf.eye(2))
        return (x + 1).numpy()

    for _ in range(5):
        assert step().tolist() == [3., 5.]


def test_counter_of_fetches(tier):
    for _ in range(3):
        before = tf.stats().fetches
        x = tf.constant([1., 2.]) * 2
        x.numpy()
        x.numpy()
        assert tf.stats().fetches == before + 1


def test_segments_are_cut_at_their_cap(hot):
    for _ in range(3):
        x = tf.constant(0.)
        for _ in range(1000):
            x = x + 1.
        assert float(x) == 1000.


@pytest.mark.parametrize("fetched", [False, True])
def test_training_loop_of_a_marked_module_needs_no_step(hot, fetched):
    from differential import Marked

    source = """
import tensorflow as tf
v = tf.Variable(1.)
w = tf.Variable(1.)
for i in range(30):
    loss = (v * w - 3.) ** 2
    gv, gw = tf.gradients(loss, [v, w])
    v.assign_sub(0.01 * gv)
    w.assign_sub(0.01 * gw)
"""
    if fetched:
        source += "    loss.numpy()\n"
    program = Marked(source)
    for _ in range(3):
        assert program().error is None
    before = tf.stats()
    assert program().error is None
    after = tf.stats()
    assert after.plans_compiled == before.plans_compiled
    assert after.calls_run_by_tier_0 - before.calls_run_by_tier_0 <= 10
