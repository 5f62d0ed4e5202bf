# tfimp: eager
"""A particle filter that follows a hidden walk, resampling when few particles matter."""

import math

import numpy as np
import tensorflow as tf

tf.random.set_seed(4)
random = np.random.RandomState(4)
PARTICLES, STEPS = 200, 20

hidden, observed = [], []
position = 0.0
for step in range(STEPS):
    position = 0.9 * position + math.sin(step / 3) + 0.3 * random.randn()
    hidden.append(position)
    observed.append(position + 0.5 * random.randn())

particles = tf.random.normal([PARTICLES])
log_weights = tf.zeros([PARTICLES]) - math.log(PARTICLES)
evidence = tf.constant(0.0)
resampled = 0
estimates = []

for step, observation in enumerate(observed):
    particles = 0.9 * particles + math.sin(step / 3) + 0.3 * tf.random.normal([PARTICLES])
    log_likelihood = -0.5 * ((observation - particles) / 0.5) ** 2 - math.log(0.5)
    log_weights = log_weights + log_likelihood
    total = tf.reduce_logsumexp(log_weights)
    evidence += total
    log_weights -= total
    weights = tf.exp(log_weights)
    estimates.append(tf.reduce_sum(weights * particles))
    effective = 1.0 / tf.reduce_sum(weights ** 2)
    if effective < PARTICLES / 2:
        resampled += 1
        cumulative = tf.cumsum(weights)
        places = (tf.range(PARTICLES, dtype=tf.float32) + tf.random.uniform([])) / PARTICLES
        chosen = tf.minimum(tf.searchsorted(cumulative, places), PARTICLES - 1)
        particles = tf.gather(particles, chosen)
        log_weights = tf.fill([PARTICLES], -math.log(PARTICLES))
    if step % 5 == 0:
        print(f"{step:2d} hidden {hidden[step]:.4f} estimate {estimates[-1]:.4f} "
              f"effective {effective:.2f}")

error = tf.sqrt(tf.reduce_mean((tf.stack(estimates) - tf.constant(hidden, tf.float32)) ** 2))
print(f"log evidence {evidence:.4f}, error {error:.4f}, resampled {resampled} times")
