# tfimp: eager
"""k-means with restarts, until no point changes its cluster."""

import numpy as np
import tensorflow as tf

random = np.random.RandomState(2)
true_centres = np.array([[0, 0], [4, 0], [0, 4], [5, 5]])
points = tf.constant(
    np.concatenate([c + 0.6 * random.randn(25, 2) for c in true_centres]), tf.float32)


def distances(points, centres):
    return tf.reduce_sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=-1)


def first_centres(points, k):
    """k-means++: far points are likelier."""
    centres = [points[random.randint(len(points))]]
    while len(centres) < k:
        nearest = tf.reduce_min(distances(points, tf.stack(centres)), axis=1)
        chances = (nearest / tf.reduce_sum(nearest)).numpy().astype(np.float64)
        centres.append(points[random.choice(len(points), p=chances / chances.sum())])
    return tf.stack(centres)


def k_means(points, k, most=20):
    centres = first_centres(points, k)
    assigned = None
    for iteration in range(most):  # noqa: B007
        previous, assigned = assigned, tf.argmin(distances(points, centres), axis=1)
        if previous is not None and tf.reduce_all(previous == assigned):
            break
        sums = tf.math.unsorted_segment_sum(points, assigned, k)
        counts = tf.math.bincount(tf.cast(assigned, tf.int32), minlength=k)
        empty = counts == 0
        if tf.reduce_any(empty):
            print("empty cluster", np.flatnonzero(empty))
        centres = tf.where(empty[:, None], centres, sums / tf.cast(
            tf.maximum(counts, 1)[:, None], tf.float32))
    inertia = tf.reduce_sum(tf.reduce_min(distances(points, centres), axis=1))
    return inertia, centres, iteration


best = None
for restart in range(4):
    inertia, centres, iterations = k_means(points, 4)
    print(f"restart {restart}: {iterations} iterations, inertia {inertia:.4f}")
    if best is None or inertia < best[0]:
        best = inertia, centres

order = tf.argsort(best[1][:, 0] + 10 * best[1][:, 1])
print("centres", np.round(tf.gather(best[1], order).numpy(), 4).tolist())
