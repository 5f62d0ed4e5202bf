"""Children that are forked off after TensorFlow has run: they do what eager mode does in them."""

import multiprocessing
import os
import signal

import numpy as np
import pytest

import tfimp as tf
from tfimp.runtime import executor
from tfimp.runtime.trace import lock

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def compiling(cold, monkeypatch):
    """Every segment is compiled when it is seen for the second time, until something forbids it."""
    monkeypatch.undo()
    executor.clear_traces()
    monkeypatch.setattr(executor._cost, "_factor", 0.)
    monkeypatch.setattr(executor._cost, "learn", lambda plan, seconds: None)


def in_a_forked_child(function):
    """What `function` returns in a child, as a list of floats."""
    def run(connection):
        signal.alarm(20)  # a child that waits for a thread that it has not would wait for ever
        before = tf.stats().plans_run
        connection.send([float(value) for value in function()])
        connection.send(tf.stats().plans_run - before)

    ours, its = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=run, args=(its,))
    child.start()
    its.close()
    result, plans_run = ours.recv(), ours.recv()
    child.join()
    assert child.exitcode == 0
    assert plans_run == 0  # a graph may need threads, and the child has one alone
    return result


def test_op_calls_and_writes_of_a_child_are_its_own(compiling):
    v = tf.Variable(1.)

    def step(x):
        v.assign_add(1.)
        return tf.reduce_sum(tf.constant([1., 2.]) * x) * v

    before = tf.stats().plans_run
    assert [float(step(2.)) for _ in range(4)] == [12., 18., 24., 30.]
    assert tf.stats().plans_run > before
    there = in_a_forked_child(lambda: [*(float(step(2.)) for _ in range(3)), v])
    assert there == [36., 42., 48., 8.]
    assert float(v) == 5.
    before = tf.stats().plans_run
    assert float(step(2.)) == 36.
    assert tf.stats().plans_run > before


def test_child_carries_out_what_waited_when_it_was_forked(compiling):
    v = tf.Variable(1.)

    def step():
        v.assign_add(1.)
        return v * 10.

    assert [float(step()) for _ in range(3)] == [20., 30., 40.]
    y = step()
    assert in_a_forked_child(lambda: [y, float(v), step()]) == [50., 5., 60.]
    assert (float(y), float(v)) == (50., 5.)


def test_child_does_without_the_threads_that_compiling_needs(compiling):
    x = tf.constant(np.ones([3, 2], np.float32))

    def new():
        return float(tf.reduce_sum(tf.exp(x * 0.) * 3.) - 1.)

    assert in_a_forked_child(lambda: [new() for _ in range(4)]) == [17.] * 4


def test_child_of_a_program_that_has_two_threads(compiling):
    # A lock of tfimp's that another thread holds at the fork is free in the child.
    with lock:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            signal.alarm(20)
            import threading
            thread = threading.Thread(target=lambda: os.write(
                writer, str(tf.constant([1., 2.]) * 2. + 1.).encode()))
            thread.start()
            thread.join()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert os.read(reader, 100) == b"[3. 5.]"
