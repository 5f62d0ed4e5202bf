"""What is kept for gradients is kept as long as a gradient can be asked for, and no longer."""

import gc

import numpy as np
import pytest

import tfimp as tf
from tests.runtime import unmarked
from tfimp.runtime import rewritten
from tfimp.runtime.segment import Segment


def segments_held():
    gc.collect()
    return sum(type(thing) is Segment for thing in gc.get_objects())


def test_a_tensor_computed_from_itself_does_not_hold_all_that_it_was(tier):
    tf.constant(0.0).numpy()  # ends a segment that other tests may have left open
    x = tf.constant([1.0, 2.0]) * 1.0
    before = segments_held()
    for _ in range(600):
        x = x * 1.0001
        x.numpy()
    assert segments_held() < before + 140


def test_a_chain_is_kept_while_the_program_holds_its_beginning(tier):
    first = tf.constant(2.0) * 1.0
    x = first
    for _ in range(200):
        x = x * 1.001
        x.numpy()
    assert np.allclose(tf.gradients(x, first)[0], 1.001**200, rtol=1e-4)


def test_a_chain_is_kept_from_the_middle_that_the_program_holds(tier):
    x = tf.constant(1.0) * 1.0
    middle = None
    for i in range(300):
        x = x * 1.001
        x.numpy()
        if i == 150:
            middle = x
    assert np.allclose(tf.gradients(x, middle)[0], 1.001**149, rtol=1e-4)


def test_a_chain_is_kept_for_a_variable_that_it_reads(tier):
    v = tf.Variable(1.001)
    x = tf.constant(1.0)
    for _ in range(200):
        x = x * v
        x.numpy()
    assert np.allclose(tf.gradients(x, v)[0], 200 * 1.001**199, rtol=1e-3)


def test_a_tensor_carried_from_tape_to_tape_does_not_hold_what_unmarked_code_did(tier):
    state = tf.constant([1.0, 2.0]) * 1.0
    before = segments_held()
    for _ in range(300):
        with tf.GradientTape() as tape:
            tape.watch(state)
            following = tf.tanh(unmarked.converted(state * 0.5))
            loss = tf.reduce_sum(following)
        assert tape.gradient(loss, state).numpy().all()
        state = following
    assert segments_held() < before + 140


def test_a_chain_is_kept_while_a_tape_can_ask_unmarked_code_for_the_rest(tier):
    x = tf.constant(1.5) * 1.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = unmarked.converted(x)
        for _ in range(200):
            y = y * 1.001
            y.numpy()
    assert np.allclose(tape.gradient(y, x), 3.0 * 1.001**200, rtol=1e-4)


def test_what_is_computed_once_a_tape_has_stopped_is_not_kept_for_it(tier):
    with tf.GradientTape() as tape:
        x = tf.tanh(unmarked.converted(tf.constant(1.5) * 2.0))
    before = segments_held()
    for _ in range(300):
        x = x * 1.001
        x.numpy()
    assert segments_held() < before + 140
    assert tape.watched_variables() == ()


@pytest.fixture
def without_gradients(monkeypatch):
    """As in a program that mentions `tf.gradients` nowhere."""
    monkeypatch.setattr(rewritten, "keep_history", lambda: None)
    monkeypatch.setattr(rewritten, "keeps_history", False)


def test_state_that_is_carried_on_without_a_tape_holds_nothing(without_gradients, tier):
    w = tf.Variable([1.5, 0.5])
    state = tf.constant([1.0, 2.0]) * 1.0
    before = segments_held()
    for _ in range(30):
        state = tf.tanh(state * w)
        state.numpy()
        assert segments_held() <= before + 2


def test_state_that_is_carried_from_tape_to_tape_holds_little(without_gradients, tier):
    w = tf.Variable([1.5, 0.5])
    state = tf.constant([1.0, 2.0]) * 1.0
    before = segments_held()
    for _ in range(100):
        with tf.GradientTape() as tape:
            state = tf.tanh(state * w)
            loss = tf.reduce_sum(state)
        w.assign_sub(0.1 * tape.gradient(loss, w))
        loss.numpy()
    assert segments_held() < before + 40


def test_what_a_tape_recorded_is_kept_for_it(without_gradients, tier):
    w = tf.Variable(1.001)
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        for _ in range(200):
            x = x * w
            x.numpy()
    y = x * 2.0
    y.numpy()
    assert np.allclose(tape.gradient(x, w), 200 * 1.001**199, rtol=1e-3)


def test_what_a_persistent_tape_recorded_is_kept_as_long_as_the_tape(without_gradients, tier):
    w = tf.Variable(2.0)
    before = segments_held()
    with tf.GradientTape(persistent=True) as tape:
        y = w * w
        y.numpy()
        z = y * w
    z.numpy()
    assert [tape.gradient(y, w).numpy(), tape.gradient(z, w).numpy()] == [4.0, 12.0]
    del tape
    y = z = z * 1.0
    z.numpy()
    assert segments_held() <= before + 2


def test_a_second_gradient_finds_the_first_far_back(without_gradients, same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        w = tf.Variable(3.)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y = w * w * w
                show(y)
            slope = inner.gradient(y, w)
            del inner
            for i in range(100):
                slope = slope * 1.001
                show(slope)
        show(outer.gradient(slope, w))
    """)


def test_a_gradient_that_nobody_had_mentioned_is_refused(without_gradients, tier):
    v = tf.Variable(2.0)
    y = v * v
    y.numpy()
    z = y * 3.0
    with pytest.raises(ValueError, match="before any rewritten code mentioned"):
        tf.gradients(z, v)
    assert tf.gradients(z, y)[0].numpy() == 3.0


def test_a_native_call_that_no_tape_sees_is_not_kept(without_gradients, tier):
    v = tf.Variable([1.0, 2.0])
    y = tf.map_fn(lambda row: row * row, v * 1.0)
    with pytest.raises(ValueError, match="mentioned"):
        tf.gradients(y, v)
    assert y.numpy().tolist() == [1.0, 4.0]
