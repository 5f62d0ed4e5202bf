# tfimp: eager
"""REINFORCE with a baseline on a two-state game; rewards come from NumPy."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(9)
random = np.random.RandomState(9)
policy = tf.Variable(tf.zeros([2, 3]))
baseline = tf.Variable(tf.zeros([2]))
GOOD = {0: 2, 1: 0}


def play(length):
    """One episode: states, actions, rewards."""
    states, actions, rewards = [], [], []
    state = 0
    for _ in range(length):
        action = int(tf.random.categorical(policy[state][tf.newaxis], 1)[0, 0])
        reward = 1.0 if action == GOOD[state] else -0.2
        states.append(state)
        actions.append(action)
        rewards.append(reward + 0.1 * random.randn())
        state = (state + action) % 2
    return states, actions, rewards


def returns(rewards, discount=0.8):
    total, found = 0.0, []
    for reward in reversed(rewards):
        total = reward + discount * total
        found.insert(0, total)
    return tf.constant(found, tf.float32)


running = None
for episode in range(12):
    states, actions, rewards = play(length=4 + episode % 3)
    gains = returns(rewards)
    with tf.GradientTape() as tape:
        logits = tf.gather(policy, states)
        chosen = tf.gather(tf.nn.log_softmax(logits), actions, axis=1, batch_dims=1)
        values = tf.gather(baseline, states)
        advantage = tf.stop_gradient(gains - values)
        entropy = -tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), axis=1)
        loss = -tf.reduce_mean(chosen * advantage + 0.01 * entropy)
        loss += tf.reduce_mean((gains - values) ** 2)
    for variable, gradient in zip([policy, baseline], tape.gradient(loss, [policy, baseline])):
        variable.assign_sub(0.3 * tf.convert_to_tensor(gradient))
    mean = np.mean(rewards)
    running = mean if running is None else 0.8 * running + 0.2 * mean
    if episode % 3 == 2:
        print(f"episode {episode + 1}: reward {running:.4f} loss {loss:.5f}")

for state in range(2):
    chances = tf.nn.softmax(policy[state])
    print(f"state {state}:", ", ".join(f"{p:.4f}" for p in chances.numpy()))
