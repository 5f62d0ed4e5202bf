# tfimp: eager
"""Proximal policy optimisation with continuous actions, advantages by GAE, Keras networks."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(13)
random = np.random.RandomState(13)
HORIZON, CLIP, DISCOUNT, TRACE = 12, 0.2, 0.95, 0.9

actor = tf.keras.Sequential([
    tf.keras.Input((2,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
critic = tf.keras.Sequential([
    tf.keras.Input((2,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
log_deviation = tf.Variable(-0.5)
actor_optimizer = tf.keras.optimizers.Adam(0.01)
critic_optimizer = tf.keras.optimizers.Adam(0.02)


def log_probability(means, actions):
    scaled = (actions - means) / tf.exp(log_deviation)
    return -0.5 * scaled ** 2 - log_deviation - 0.5 * np.log(2 * np.pi)


def rollout():
    """A mass that is to be brought to the middle."""
    state = random.uniform(-1, 1, 2).astype(np.float32)
    states, actions, rewards = [], [], []
    for _ in range(HORIZON):
        mean = actor(state[np.newaxis])[0, 0]
        action = mean + tf.exp(log_deviation) * tf.random.normal([])
        force = float(tf.clip_by_value(action, -1.0, 1.0))
        states.append(state)
        actions.append(action)
        state = np.array([state[0] + 0.1 * state[1], state[1] + 0.1 * force], np.float32)
        rewards.append(-float(np.sum(state ** 2)))
    return np.stack(states), tf.stack(actions), rewards


def advantages_of(rewards, values):
    advantage, found = 0.0, [0.0] * HORIZON
    for t in reversed(range(HORIZON)):
        following = values[t + 1] if t + 1 < HORIZON else 0.0
        delta = rewards[t] + DISCOUNT * following - values[t]
        found[t] = advantage = delta + DISCOUNT * TRACE * advantage
    return np.array(found, np.float32)


for iteration in range(3):
    states, actions, rewards = rollout()
    values = critic(states)[:, 0].numpy()
    advantages = advantages_of(rewards, values)
    wanted = advantages + values
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-6)
    old = log_probability(actor(states)[:, 0], actions)
    for epoch in range(3):
        with tf.GradientTape() as tape:
            new = log_probability(actor(states)[:, 0], actions)
            ratio = tf.exp(new - old)
            clipped = tf.clip_by_value(ratio, 1 - CLIP, 1 + CLIP)
            loss = -tf.reduce_mean(tf.minimum(ratio * advantages, clipped * advantages))
        variables = [*actor.trainable_variables, log_deviation]
        actor_optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        divergence = tf.reduce_mean(old - log_probability(actor(states)[:, 0], actions))
        with tf.GradientTape() as tape:
            critic_loss = tf.reduce_mean((critic(states)[:, 0] - wanted) ** 2)
        variables = critic.trainable_variables
        critic_optimizer.apply_gradients(zip(tape.gradient(critic_loss, variables), variables))
        if tf.abs(divergence) > 0.05:
            print(f"stopped in epoch {epoch}")
            break
    print(f"{iteration}: return {sum(rewards):.4f} loss {loss:.5f} critic {critic_loss:.5f} "
          f"deviation {tf.exp(log_deviation):.5f}")
