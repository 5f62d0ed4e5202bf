# tfimp: eager
"""An actor and a critic learn to balance a pole; each iteration is one episode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.workloads.actor_critic.cart_pole import CartPole, State
from benchmarks.workloads.actor_critic.data import DISCOUNT, EPISODES, LONGEST, RATE, initial


def make() -> Callable[[int], list[list[float]]]:
    """A fresh network in a fresh world."""
    parameters = [tf.Variable(array) for array in initial()]
    w, b, actor_w, actor_b, critic_w, critic_b = parameters
    chance = np.random.default_rng(72)
    world = CartPole(chance)
    episodes = 0

    def begin() -> None:
        nonlocal chance, world
        chance = np.random.default_rng(72)
        world = CartPole(chance)
        for parameter, array in zip(parameters, initial(), strict=True):
            parameter.assign(array)

    def network(state: State) -> tuple[tf.Tensor, tf.Tensor]:
        hidden = tf.tanh(tf.matmul(state[np.newaxis], w) + b)
        logits = tf.matmul(hidden, actor_w) + actor_b
        value = tf.matmul(hidden, critic_w) + critic_b
        return tf.nn.log_softmax(logits)[0], value[0, 0]

    def returns(length: int) -> list[float]:
        total, found = 0.0, []
        for _ in range(length):
            total = 1.0 + DISCOUNT * total
            found.append(total)
        return found[::-1]

    def episode() -> tuple[tf.Tensor, int]:
        chosen: list[tf.Tensor] = []
        values: list[tf.Tensor] = []
        state, fallen = world.reset(), False
        while not fallen and len(chosen) < LONGEST:
            likelihoods, value = network(state)
            action = 0
            if chance.random() < tf.exp(likelihoods[1]):
                action = 1
            state, fallen = world.step(action)
            chosen.append(likelihoods[action])
            values.append(value)
        lead = tf.constant(returns(len(values)), tf.float64) - tf.stack(values)
        actor_loss = -tf.reduce_mean(tf.stack(chosen) * tf.stop_gradient(lead))
        return actor_loss + 0.5 * tf.reduce_mean(lead**2), len(values)

    def run(iterations: int) -> list[list[float]]:
        nonlocal episodes
        results = []
        for _ in range(iterations):
            if episodes % EPISODES == 0:
                begin()
            episodes += 1
            with tf.GradientTape() as tape:
                loss, length = episode()
            gradients = tape.gradient(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.assign_sub(RATE * gradient)
            results.append([float(loss), float(length)])
        return results

    return run
