# tfimp: eager
"""A recurrent language model on letters, cell by cell, over sentences of different lengths."""

import tensorflow as tf

tf.random.set_seed(37)
SENTENCES = ["hello world", "hello there", "the world is round", "hold the door", "wild horses"]
letters = sorted(set("".join(SENTENCES))) + ["$"]
number = {letter: i for i, letter in enumerate(letters)}
WIDTH = 12


class Cell(tf.Module):
    """A gated recurrent unit."""

    def __init__(self, inputs, width):
        super().__init__()
        shape = [inputs + width, width]
        self.update, self.reset, self.new = (
            tf.Variable(tf.random.normal(shape, stddev=0.3)) for _ in range(3))

    def __call__(self, x, h):
        joined = tf.concat([x, h], axis=1)
        z, r = tf.sigmoid(joined @ self.update), tf.sigmoid(joined @ self.reset)
        candidate = tf.tanh(tf.concat([x, r * h], axis=1) @ self.new)
        return (1 - z) * h + z * candidate


cell = Cell(len(letters), WIDTH)
out = tf.Variable(tf.random.normal([WIDTH, len(letters)], stddev=0.3))
parameters = [*cell.trainable_variables, out]


def loss_of(sentence):
    h = tf.zeros([1, WIDTH])
    total = tf.constant(0.0)
    for letter, following in zip(sentence, sentence[1:] + "$"):
        h = cell(tf.one_hot([number[letter]], len(letters)), h)
        total += tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=[number[following]], logits=h @ out)[0]
    return total / len(sentence)


def complete(start, longest=12):
    h = tf.zeros([1, WIDTH])
    for letter in start:
        h = cell(tf.one_hot([number[letter]], len(letters)), h)
    text = start
    while len(text) < longest:
        letter = letters[tf.argmax((h @ out)[0])]
        if letter == "$":
            break
        text += letter
        h = cell(tf.one_hot([number[letter]], len(letters)), h)
    return text


for epoch in range(3):
    losses = []
    for sentence in SENTENCES:
        with tf.GradientTape() as tape:
            loss = loss_of(sentence)
        gradients, norm = tf.clip_by_global_norm(tape.gradient(loss, parameters), 1.0)
        for parameter, gradient in zip(parameters, gradients):
            parameter.assign_sub(0.5 * gradient)
        losses.append(loss)
    print(f"epoch {epoch}: {tf.reduce_mean(losses):.5f}, last norm {norm:.5f}")

print(repr(complete("he")))
labels, logits = tf.constant([[1, 2, 2]]), tf.random.normal([6, 1, 4])
with tf.GradientTape() as tape:
    tape.watch(logits)
    ctc = tf.nn.ctc_loss(labels, logits, [3], [6], blank_index=0)
print(f"CTC {ctc[0]:.5f}", f"{tf.norm(tape.gradient(ctc, logits)):.5f}")
