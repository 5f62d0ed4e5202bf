"""What is kept for gradients is kept as long as a gradient can be asked for, and no longer."""

import gc

import numpy as np

import tfimp as tf
from tests.runtime import unmarked
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
