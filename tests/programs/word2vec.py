# tfimp: eager
"""Word vectors: skip-gram with negative sampling on a few sentences."""

import collections

import numpy as np
import tensorflow as tf

TEXT = """the cat sat on the mat . the dog sat on the rug . a cat and a dog met on the mat .
the king ruled the land . the queen ruled the land . the king met the queen ."""
WIDTH, WINDOW, NEGATIVE = 8, 2, 4

tf.random.set_seed(7)
words = TEXT.split()
counts = collections.Counter(words)
vocabulary = [word for word, _ in counts.most_common()]
index = {word: i for i, word in enumerate(vocabulary)}
ids = [index[word] for word in words]
pairs = [
    (centre, ids[j])
    for i, centre in enumerate(ids)
    for j in range(max(0, i - WINDOW), min(len(ids), i + WINDOW + 1)) if i != j
]
print(len(vocabulary), "words,", len(pairs), "pairs")

frequencies = np.array([counts[word] for word in vocabulary], np.float32) ** 0.75
log_frequencies = tf.math.log(frequencies / frequencies.sum())[tf.newaxis]
centres = tf.Variable(tf.random.uniform([len(vocabulary), WIDTH], -0.5, 0.5))
contexts = tf.Variable(tf.random.uniform([len(vocabulary), WIDTH], -0.5, 0.5))


def loss_of(batch):
    centre = tf.gather(centres, [c for c, _ in batch])
    context = tf.gather(contexts, [c for _, c in batch])
    drawn = tf.reshape(
        tf.random.categorical(log_frequencies, len(batch) * NEGATIVE), [len(batch), NEGATIVE])
    noise = tf.nn.embedding_lookup(contexts, drawn)
    right = tf.reduce_sum(centre * context, axis=1)
    wrong = tf.einsum("bd,bnd->bn", centre, noise)
    return -tf.reduce_mean(
        tf.math.log_sigmoid(right) + tf.reduce_sum(tf.math.log_sigmoid(-wrong), axis=1))


for epoch in range(4):
    losses = []
    for start in range(0, len(pairs) - 32, 32):
        with tf.GradientTape() as tape:
            loss = loss_of(pairs[start:start + 32])
        for table, gradient in zip([centres, contexts], tape.gradient(loss, [centres, contexts])):
            table.assign_sub(0.5 * tf.convert_to_tensor(gradient))
        losses.append(float(loss))
    print(f"epoch {epoch}: {np.mean(losses):.5f}")

normal = tf.math.l2_normalize(centres, axis=1)
for word in ("cat", "king"):
    likeness = tf.linalg.matvec(normal, normal[index[word]])
    values, nearest = tf.math.top_k(likeness, 3)
    print(word, [f"{vocabulary[int(n)]} {v:.3f}" for n, v in zip(nearest, values)])
