# tfimp: eager
"""Ratings as products of factors, by gradient descent on sparse observations."""

import numpy as np
import tensorflow as tf

USERS, FILMS, FACTORS = 12, 9, 3
random = np.random.RandomState(8)
ratings = random.randn(USERS, FACTORS) @ random.randn(FACTORS, FILMS)
seen = random.rand(USERS, FILMS) < 0.6
rows, columns = np.nonzero(seen)
values = tf.constant(ratings[seen], tf.float32)
held_out = tf.constant(~seen)

tf.random.set_seed(8)
users = tf.Variable(0.3 * tf.random.normal([USERS, FACTORS]), name="users")
films = tf.Variable(0.3 * tf.random.normal([FILMS, FACTORS]), name="films")
user_bias = tf.Variable(tf.zeros([USERS]))
film_bias = tf.Variable(tf.zeros([FILMS]))
parameters = [users, films, user_bias, film_bias]


def predicted(rows, columns):
    product = tf.reduce_sum(
        tf.nn.embedding_lookup(users, rows) * tf.nn.embedding_lookup(films, columns), axis=-1)
    return product + tf.gather(user_bias, rows) + tf.gather(film_bias, columns)


history = []
for epoch in range(40):
    with tf.GradientTape() as tape:
        errors = predicted(rows, columns) - values
        loss = tf.reduce_mean(errors ** 2)
        loss += 0.002 * tf.add_n([tf.nn.l2_loss(p) for p in parameters])
    gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, parameters)]
    gradients, norm = tf.clip_by_global_norm(gradients, 2.0)
    for parameter, gradient in zip(parameters, gradients):
        parameter.assign_sub(1.0 * gradient)
    history.append(loss)
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {loss:.5f} norm {norm:.5f}")

print("falls", bool(tf.reduce_all(tf.stack(history)[5:] <= tf.stack(history)[:-5] + 0.05)))
full = tf.matmul(users, films, transpose_b=True) + user_bias[:, None] + film_bias
rest = tf.boolean_mask(full - tf.constant(ratings, tf.float32), held_out)
print(f"held out {tf.sqrt(tf.reduce_mean(rest ** 2)):.4f} of {int(tf.size(rest))}")
best = tf.argsort(full, axis=1, direction="DESCENDING")[:3, :2]
print("recommended", best.numpy().tolist())
