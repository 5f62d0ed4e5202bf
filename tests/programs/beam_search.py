# tfimp: eager
"""Beam search and greedy search over a bigram model with a length penalty."""

import numpy as np
import tensorflow as tf

WORDS = ["<s>", "</s>", "the", "cat", "dog", "sees", "a", "bird"]
START, END = 0, 1
random = np.random.RandomState(47)
table = random.randn(len(WORDS), len(WORDS)).astype(np.float32)
table[:, START] = -1e9
for before, after in [("<s>", "the"), ("the", "cat"), ("the", "dog"), ("cat", "sees"),
                      ("dog", "sees"), ("sees", "a"), ("a", "bird"), ("bird", "</s>")]:
    table[WORDS.index(before), WORDS.index(after)] += 3.0
transitions = tf.nn.log_softmax(tf.constant(table), axis=-1)


def penalty(length, alpha=0.7):
    return ((5.0 + length) / 6.0) ** alpha


def greedy(longest=8):
    words, score = [START], tf.constant(0.0)
    while words[-1] != END and len(words) < longest:
        row = transitions[words[-1]]
        word = tf.argmax(row)
        score += row[word]
        words.append(int(word))
    return words, score


def beam_search(width, longest=8):
    beams, finished = [([START], tf.constant(0.0))], []
    for length in range(1, longest):
        last = [words[-1] for words, _ in beams]
        scores = tf.stack([score for _, score in beams])[:, None] + tf.gather(transitions, last)
        values, places = tf.math.top_k(tf.reshape(scores, [-1]), width * 2)
        rows, columns = tf.unravel_index(places, scores.shape)
        following = []
        for value, row, column in zip(values, rows, columns):
            words = beams[row][0] + [int(column)]
            if column == END:
                finished.append((words, value / penalty(length)))
            elif len(following) < width:
                following.append((words, value))
        beams = following
        if finished and max(s for _, s in finished) > beams[0][1] / penalty(longest):
            print(f"stopped at {length} with {len(finished)} finished")
            break
    return sorted(finished, key=lambda pair: float(pair[1]), reverse=True)


words, score = greedy()
print(f"greedy {score:.5f}:", " ".join(WORDS[w] for w in words))
for width in (1, 2, 4):
    found = beam_search(width)
    print(f"width {width}: {len(found)} finished")
    for words, score in found[:2]:
        print(f"  {score:.5f}", " ".join(WORDS[w] for w in words))

unlikely = tf.reduce_min(tf.where(transitions > -1e8, transitions, 0.0))
print(f"least likely {unlikely:.4f}", "entropy",
      f"{-tf.reduce_sum(tf.exp(transitions[START]) * tf.maximum(transitions[START], -50.0)):.5f}")
