"""Nothing grows that the program does not hold."""

import gc
import itertools
import resource
import weakref

import numpy as np
import pytest

import tfimp as tf
from tfimp.runtime import errors, executor
from tfimp.runtime.trace import Tree, tree


def sizes():
    gc.collect()
    stats = tf.stats()
    return stats.trace_nodes, stats.plans_held


def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def train(steps, step=None, rate=lambda i: 0.01):
    w = tf.Variable(np.full([4, 3], 0.1, np.float32))
    b = tf.Variable(np.zeros([3], np.float32))
    x = np.ones([8, 4], np.float32)
    for i in range(steps):
        with step() if step else tf.device(None):
            loss = tf.reduce_mean(tf.square(tf.nn.tanh(tf.matmul(x, w) + b) - 0.5))
            gw, gb = tf.gradients(loss, [w, b])
            w.assign_sub(rate(i) * gw)
            b.assign_sub(rate(i) * gb)
            loss.numpy()


@pytest.mark.parametrize("step", [None, tf.new_step], ids=["without steps", "in steps"])
@pytest.mark.parametrize(
    "rate", [lambda i: 0.01, lambda i: 0.01 / (1 + i)], ids=["constant", "decays"]
)
def test_training_loop_stays_in_its_plans(tier, step, rate):
    train(12, step, rate)
    before = sizes()
    compiled = tf.stats().plans_compiled
    train(40, step, rate)
    assert sizes() == before
    assert tf.stats().plans_compiled == compiled


def test_training_loop_runs_no_op_call_in_tier_0_once_compiled(hot):
    train(12, tf.new_step)
    before = tf.stats().calls_run_by_tier_0
    train(20, tf.new_step)
    assert tf.stats().calls_run_by_tier_0 == before


def test_op_calls_on_a_variable_run_in_plans_once_compiled(hot):
    w = tf.Variable(np.full([4], 0.1, np.float32))
    for _ in range(5):
        y = w * 2 + 1
        y.numpy()
    before = tf.stats().calls_run_by_tier_0
    for _ in range(20):
        y = w * 2 + 1
        y.numpy()
    assert tf.stats().calls_run_by_tier_0 == before


def test_one_step_is_a_bounded_number_of_plans(hot):
    train(12, tf.new_step)
    before = tf.stats().plans_run
    train(10, tf.new_step)
    assert tf.stats().plans_run - before <= 40


def test_cold_code_compiles_nothing(cold):
    before = tf.stats().plans_compiled
    train(20)
    assert tf.stats().plans_compiled == before


def test_code_that_runs_once_compiles_nothing(hot):
    before = tf.stats().plans_compiled
    x = tf.constant([1., 2.]) * 2
    y = tf.reduce_sum(x) + 1
    y.numpy()
    assert tf.stats().plans_compiled == before


@pytest.mark.parametrize("body", [
    lambda i: tf.constant([1., 2.]) * float(i),
    lambda i: tf.constant([1., 2.]) + 1. / (i + 1),
    lambda i: tf.range(100.)[i] * 2,
    lambda i: tf.gather(tf.range(100.), i),
    lambda i: tf.constant([float(i), 1.]) * 2,
    lambda i: tf.constant(np.full([3], i, np.float32)) * 2,
    lambda i: np.full([3], i, np.float32) * tf.ones([3]),
    lambda i: tf.ones([3]) * np.float32(i),
    lambda i: tf.ones([3]) * (0. if i % 2 else -0.),
    lambda i: tf.maximum(tf.ones([3]), i * 0.5),
    lambda i: tf.reduce_sum(np.ones([i + 1, 2], np.float32) * tf.ones([2])),
    lambda i: tf.reduce_sum(tf.ones([3]) * float("nan")),
    lambda i: tf.constant([1., float("nan")]) * 2,
    lambda i: tf.clip_by_value(tf.range(5.), i * 0.1, i * 0.2),
], ids=range(14))
def test_values_that_vary_leave_the_trace_bounded(tier, body):
    for i in range(30):
        body(i).numpy()
    nodes, plans = sizes()
    for i in range(30, 90):
        body(i).numpy()
    after = sizes()
    assert after[0] <= nodes + 3
    assert after[1] <= plans + 1


def test_a_number_that_varies_is_an_input_at_all_its_places_at_once(cold):
    variables = [tf.Variable(np.full([2], 0.1 * k, np.float32)) for k in range(8)]

    def step(rate):
        for variable in variables:
            variable.assign_sub(rate * variable)
        tf.reduce_sum(variables[-1]).numpy()

    for i in range(4):
        step(0.3 / (1 + i))
    before = sizes()
    for i in range(4, 10):
        step(0.3 / (1 + i))
    assert sizes() == before


def test_what_tier_0_spent_on_constants_counts_for_the_trace_that_replaces_them(cold):
    x = tf.ones([2])
    x.numpy()
    for i in range(3):
        (x * (0.3 + i)).numpy()
    *_, generalised = tree.root.children.values()
    assert generalised.ending is not None and generalised.ending.visits == 1
    assert generalised.ending.seconds_lost > 0


@pytest.mark.parametrize("make", [
    lambda i: tf.range(i + 3.), lambda i: tf.eye(i + 2), lambda i: tf.constant(i),
])
def test_one_trace_for_what_follows_values_that_must_be_constants(cold, make):
    for i in range(12):
        x = make(i)
        tf.reduce_sum(tf.ones([i + 1, 2])).numpy()
        y = tf.shape(x) + 1
        y.numpy()
    before = sizes()
    for i in range(12, 30):
        y = tf.shape(make(i)) + 1
        y.numpy()
    assert sizes()[0] <= before[0] + 2


def test_sizes_that_vary_leave_the_plans_bounded(hot):
    w = tf.Variable(np.ones([3, 2], np.float32))
    for n in range(1, 20):
        tf.reduce_sum(tf.matmul(np.ones([n, 3], np.float32), w)).numpy()
    before = sizes()
    for n in range(20, 60):
        tf.reduce_sum(tf.matmul(np.ones([n, 3], np.float32), w)).numpy()
    assert sizes() == before


def test_what_is_kept_varies_and_the_plans_stay_bounded(hot):
    def run():
        for i in range(64):
            results = [tf.ones([2]) * 2]
            for k in range(6):
                results.append(results[-1] + k)
            kept = [r for k, r in enumerate(results) if i >> k & 1]
            last = results[-1]
            del results
            assert str(last) == "[17. 17.]"
            del kept

    before = sizes()[1]
    run()
    run()
    settled = tf.stats().plans_compiled
    run()
    assert tf.stats().plans_compiled == settled
    assert sizes()[1] - before <= 24


def test_plans_are_bounded(hot, monkeypatch):
    monkeypatch.setattr(executor, "MOST_PLANS", 5)
    for size in range(1, 12):
        for _ in range(3):
            x = tf.ones([2])
            for _ in range(size):
                x = x * 1.5
            x.numpy()
    gc.collect()
    assert tf.stats().plans_held <= 6


def test_full_tree_loses_the_half_that_was_used_longest_ago(hot, monkeypatch):
    monkeypatch.setattr(Tree, "MOST_NODES", 60)
    x = tf.constant([1.0])
    sizes = []
    for number in range(64):  # one trace each, of six op calls
        y = x
        for bit in range(6):
            y = y + x if number >> bit & 1 else y * x
        y.numpy()
        sizes.append(tree.size)
        assert tree.size == len(list(tree.root.descendants()))
        for _ in range(3):  # which stays, for it is used
            tf.reduce_sum(x + x).numpy()
    drops = [before - after for before, after in itertools.pairwise(sizes) if before > after]
    assert 2 <= len(drops) <= 8
    assert all(10 <= drop <= 40 for drop in drops)
    before = tf.stats()
    tf.reduce_sum(x + x).numpy()
    assert tf.stats().calls_run_by_tier_0 == before.calls_run_by_tier_0
    assert tf.stats().plans_run == before.plans_run + 1


def test_plans_of_dropped_traces_are_dropped(hot, monkeypatch):
    monkeypatch.setattr(Tree, "MOST_NODES", 20)
    x = tf.constant([1.0])
    for number in range(16):
        for _ in range(3):
            y = x
            for bit in range(4):
                y = y + x if number >> bit & 1 else y * x
            y.numpy()
    assert all(plan.node in tree.root.descendants() for plan in executor._plans.values())


def test_dropped_plan_is_compiled_again_when_it_is_needed(hot, monkeypatch):
    monkeypatch.setattr(executor, "MOST_PLANS", 1)
    for _ in range(6):
        assert float(tf.reduce_sum(tf.ones([2]) * 3.)) == 6.
        assert float(tf.reduce_sum(tf.ones([3]) * 3. + 1.)) == 12.


def test_tensors_that_nobody_holds_are_freed(tier):
    references = []
    for _ in range(6):
        x = tf.ones([1000]) * 2
        y = x + 1
        y.numpy()
        references.append(weakref.ref(y._segment) if y._segment is not None else lambda: None)
        del x, y
    tf.ones([2]).numpy()
    gc.collect()
    assert [r() for r in references] == [None] * 6


def test_history_is_freed_with_the_tensors_that_need_it(tier):
    references = []
    x = tf.Variable(np.ones(10, np.float32))
    for _ in range(6):
        y = tf.exp(x)
        y.numpy()
        z = y * y
        z.numpy()
        references.append(weakref.ref(y._segment))
        del y
        gc.collect()
        assert references[-1]() is not None  # z may still be differentiated
        del z
    gc.collect()
    assert [r() for r in references] == [None] * 6


def test_end_of_a_step_frees_what_gradients_needed(tier):
    x = tf.Variable(np.ones(10, np.float32))
    with tf.new_step():
        y = tf.exp(x)
        y.numpy()
        z = y * y
        z.numpy()
        history = weakref.ref(y._segment)
        del y
    gc.collect()
    assert history() is None
    assert np.allclose(z, np.exp(2.))


@pytest.mark.parametrize("step", [None, tf.new_step], ids=["without steps", "in steps"])
def test_memory_is_flat_over_thousands_of_steps(hot, step):
    train(1000, step)
    before = resident()
    train(3000, step)
    assert resident() - before < 3_000_000


def test_memory_is_flat_over_thousands_of_cold_iterations(cold):
    def body(count):
        x = tf.constant([1., 2.])
        for i in range(count):
            y = x * float(i) + 1.
            y.numpy()

    body(1000)
    before = resident()
    body(3000)
    assert resident() - before < 3_000_000


def test_files_that_are_known_are_bounded():
    # Each input at a prompt is a file.
    for i in range(5000):
        exec(compile("location()", f"<input {i}>", "exec"), {"location": errors.user_location})
    assert errors._is_users.cache_info().currsize <= 1000


def test_loop_over_one_growing_computation_keeps_no_history_without_gradients(tier):
    y = tf.Variable(np.ones([1000], np.float32)) * 1.
    for _ in range(300):
        y = y * 1.0001
        y.numpy()
    assert np.allclose(y, 1.0001 ** 300, rtol=1e-3)
