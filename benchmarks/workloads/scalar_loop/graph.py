"""The loops as `tf.while_loop`s in a graph built by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from benchmarks.workloads.scalar_loop.data import starts

v1 = tf.compat.v1


def make() -> Callable[[int], list[list[float]]]:
    """The graph, both of its loops run by one `Session.run`."""
    with tf.Graph().as_default() as graph:
        start = v1.placeholder(tf.float32, (3,))
        (end,) = tf.while_loop(
            lambda y: tf.linalg.global_norm([y]) < 1000.0, lambda y: [y * 2.0], [start]
        )
        total = tf.reduce_sum(end)
        first = v1.placeholder(tf.int32, ())
        _, steps = tf.while_loop(
            lambda n, steps: tf.not_equal(n, 1),
            lambda n, steps: (
                tf.cond(tf.equal(n % 2, 0), lambda: n // 2, lambda: 3 * n + 1), steps + 1
            ),
            [first, tf.constant(0)],
        )
    session = v1.Session(graph=graph)

    stream = itertools.cycle(starts)

    def run(iterations: int) -> list[list[float]]:
        results = []
        for _ in range(iterations):
            vector, whole = next(stream)
            feeds = {start: vector, first: whole}
            results.append([float(value) for value in session.run([total, steps], feeds)])
        return results

    return run
