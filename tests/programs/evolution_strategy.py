# tfimp: eager
"""An evolution strategy and a genetic algorithm on a test function; no gradients."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(41)
POPULATION, DIMENSIONS = 20, 4


def fitness(points):
    """The negative Rosenbrock function of each row."""
    left, right = points[:, :-1], points[:, 1:]
    return -tf.reduce_sum(10.0 * (right - left ** 2) ** 2 + (1.0 - left) ** 2, axis=1)


def ranks(values):
    order = tf.argsort(values)
    placed = tf.scatter_nd(order[:, None], tf.range(POPULATION), [POPULATION])
    return tf.cast(placed, tf.float32) / (POPULATION - 1) - 0.5


mean = tf.Variable(tf.zeros([DIMENSIONS]))
deviation = tf.Variable(0.3)
best = -np.inf
for generation in range(15):
    half = tf.random.normal([POPULATION // 2, DIMENSIONS])
    noise = tf.concat([half, -half], axis=0)
    values = fitness(mean + deviation * noise)
    utilities = ranks(values)
    mean.assign_add(0.3 * deviation * tf.linalg.matvec(noise, utilities, transpose_a=True))
    top = tf.reduce_max(values)
    if top > best:
        best = top
    else:
        deviation.assign(deviation * 0.9)
    if generation % 5 == 4:
        print(f"{generation + 1}: best {best:.5f} deviation {deviation.numpy():.5f}")
print("mean", np.round(mean.numpy(), 4).tolist())

genes = tf.Variable(tf.random.uniform([POPULATION, DIMENSIONS], -1.0, 1.0))
for generation in range(10):
    values = fitness(genes)
    _, elite = tf.math.top_k(values, 5)
    parents = tf.gather(genes, elite)
    pairs = tf.random.uniform([POPULATION - 5, 2], 0, 5, dtype=tf.int32)
    mask = tf.random.uniform([POPULATION - 5, DIMENSIONS]) < 0.5
    children = tf.where(mask, tf.gather(parents, pairs[:, 0]), tf.gather(parents, pairs[:, 1]))
    mutated = tf.random.uniform([POPULATION - 5]) < 0.4
    if tf.reduce_any(mutated):
        places = tf.where(mutated)
        change = 0.2 * tf.random.normal([len(places), DIMENSIONS])
        children = tf.tensor_scatter_nd_add(children, places, change)
    genes[:5].assign(parents)
    genes[5:].assign(children)
    if generation % 3 == 0:
        print(f"generation {generation}: {tf.reduce_max(fitness(genes)):.5f}, "
              f"{int(tf.math.count_nonzero(mutated))} mutated")
