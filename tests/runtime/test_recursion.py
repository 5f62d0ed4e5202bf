"""Recursion: the same values as eager, in plans that the shapes of the trees do not multiply."""

from __future__ import annotations

import random
from typing import Any

import differential

import tfimp

PROGRAM = """
    import tensorflow as tf

    w = tf.Variable([[0.5, -0.3], [0.2, 0.4]])
    b = tf.Variable([0.1, -0.1])

    def state_of(tree):
        if isinstance(tree, int):
            return tf.tanh(tf.gather(w, [tree]))
        left, right = map(state_of, tree)
        both = tf.concat([left, right], axis=0)
        mixed = tf.tanh(tf.matmul(both, w) + b)
        gate = tf.sigmoid(tf.matmul(mixed, w) - b)
        return tf.reduce_sum(gate * mixed + (1. - gate) * both, axis=0, keepdims=True)

    for tree in trees:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(state_of(tree) ** 2)
        for variable, gradient in zip([w, b], tape.gradient(loss, [w, b])):
            if gradient is not None:
                variable.assign_sub(0.1 * tf.convert_to_tensor(gradient))
        show(loss)
    show(w, b)
"""


def random_tree(leaves, chance):
    if leaves == 1:
        return chance.randrange(2)
    left = chance.randrange(1, leaves)
    return random_tree(left, chance), random_tree(leaves - left, chance)


def test_gradients_through_trees(same_as_eager):
    chance = random.Random(3)
    trees = [random_tree(chance.randrange(1, 7), chance) for _ in range(8)]
    same_as_eager(PROGRAM, runs=3, trees=trees)


def test_new_trees_take_the_plans_of_others(hot):
    chance = random.Random(5)
    trees: list[Any] = []
    program = differential.Marked(PROGRAM, trees=trees)

    def share_of_tier_0(count):
        before = tfimp.stats()
        trees[:] = [random_tree(8, chance) for _ in range(count)]
        program()
        after = tfimp.stats()
        recorded = after.calls_recorded - before.calls_recorded
        return (after.calls_run_by_tier_0 - before.calls_run_by_tier_0) / recorded

    share_of_tier_0(12)
    assert share_of_tier_0(4) < 0.4
