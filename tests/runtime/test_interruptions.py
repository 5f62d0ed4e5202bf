"""Ctrl-C: what was carried out is there, what was not says so, and the program goes on."""

import os
import signal
import sys
import threading

import numpy as np
import pytest

import tfimp as tf
from tfimp.runtime import executor
from tfimp.runtime.plan import Plan
from tfimp.runtime.recording import op_call


def pressing():
    """What pressing Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


def step(v, x):
    v.assign_add(1.)
    return tf.reduce_sum(tf.matmul(x, x)) * v


def test_ctrl_c_in_a_long_plan_is_raised_when_it_has_run(hot):
    v, x = tf.Variable(0.), tf.constant(np.eye(1200, dtype=np.float32))
    assert [float(step(v, x)) for _ in range(3)] == [1200., 2400., 3600.]
    main = threading.get_ident()

    def press_once_it_runs():
        while sys._current_frames()[main].f_code.co_name != "run":
            pass
        os.kill(os.getpid(), signal.SIGINT)

    y = step(v, x)
    presser = threading.Thread(target=press_once_it_runs)
    with pytest.raises(KeyboardInterrupt):
        presser.start()
        y.numpy()
    presser.join()
    assert (float(y), float(v)) == (4800., 4.)
    assert float(step(v, x)) == 6000.


@pytest.mark.parametrize("where", ["compiled", "run"])
def test_ctrl_c_before_a_plan_has_run_leaves_everything_as_it_was(hot, monkeypatch, where):
    v, x = tf.Variable(0.), tf.constant(np.eye(3, dtype=np.float32))

    def compute():
        v.assign_add(1.)
        product = tf.matmul(x, x)
        return product, tf.reduce_sum(product) * v

    for _ in range(3):
        last = compute()[1]
        assert last.numpy()
    with monkeypatch.context() as patched:
        if where == "run":
            last = compute()[1]
            patched.setattr(Plan, "run", lambda *args: pressing())
        else:
            _, last = results = compute()  # another plan, since both results are held
            patched.setattr(executor, "Plan", lambda *args: pressing())
        with pytest.raises(KeyboardInterrupt) as caught:
            last.numpy()
    assert caught.value.__notes__ == ["Op calls that waited were not carried out"]
    assert float(v) == 3.
    with pytest.raises(RuntimeError, match="not computed: KeyboardInterrupt"):
        last.numpy()
    results = compute()
    assert (float(results[1]), float(v)) == (12., 4.)


def test_ctrl_c_between_op_calls_that_waited(hot, monkeypatch):
    """A plan that fails is carried out op call by op call, which Ctrl-C ends as in eager mode."""
    press = [False]

    @op_call
    def doubled(x):
        if press[0]:
            pressing()
        return x * 2.

    v, w = tf.Variable(1.), tf.Variable(1.)

    def compute():
        v.assign_add(1.)
        a = v * 10.
        b = doubled(a)  # here Ctrl-C is pressed
        w.assign_add(b)
        return a, b

    for _ in range(3):
        a, b = compute()
        b.numpy()
    state = float(v), float(w)
    a, b = compute()
    press[0] = True
    monkeypatch.setattr(Plan, "run", lambda *args: [].pop())
    with pytest.raises(KeyboardInterrupt) as caught:
        b.numpy()
    assert "here Ctrl-C is pressed" in caught.value.__notes__[0]
    assert (float(v), float(w)) == (state[0] + 1., state[1])
    assert float(a) == 10. * float(v)
    with pytest.raises(RuntimeError, match="not computed: KeyboardInterrupt"):
        b.numpy()


def test_ctrl_c_as_a_segment_begins_to_close(hot):
    """It can be closed then by whoever asks next, as nobody has begun."""

    class PressedOnce(list[bool]):
        def pop(self, *args):
            item = super().pop(*args)
            if not pressed:
                pressed.append(True)
                pressing()
            return item

    v, pressed = tf.Variable(1.), [True]

    def compute():
        v.assign_add(1.)
        return v * 2.

    for _ in range(3):
        y = compute()
        assert y.numpy()
    y = compute()
    y._segment.unclosed, pressed[:] = PressedOnce([True]), []
    with pytest.raises(KeyboardInterrupt):
        y.numpy()
    another = threading.Thread(target=y.numpy, daemon=True)
    another.start()
    another.join(timeout=20)
    assert not another.is_alive()
    assert (float(y), float(v)) == (10., 5.)
