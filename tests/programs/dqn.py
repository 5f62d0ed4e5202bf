# tfimp: eager
"""Deep Q-learning on a corridor, with a replay memory and a target network."""

import collections

import numpy as np
import tensorflow as tf

LENGTH, DISCOUNT = 6, 0.9
random = np.random.RandomState(0)
tf.random.set_seed(0)


class Corridor:
    """Left or right; the reward waits at the right end."""

    def reset(self):
        self.place, self.time = 1, 0
        return self.observe()

    def observe(self):
        return np.eye(LENGTH, dtype=np.float32)[self.place]

    def step(self, action):
        self.place = int(np.clip(self.place + (1 if action == 1 else -1), 0, LENGTH - 1))
        self.time += 1
        done = self.place == LENGTH - 1 or self.time >= 12
        return self.observe(), float(self.place == LENGTH - 1) - 0.01, done


class Network:
    def __init__(self):
        self.weights = [tf.Variable(tf.random.normal([LENGTH, 12], stddev=0.4)),
                        tf.Variable(tf.zeros([12])),
                        tf.Variable(tf.random.normal([12, 2], stddev=0.3)),
                        tf.Variable(tf.zeros([2]))]

    def __call__(self, x):
        hidden = tf.nn.relu(x @ self.weights[0] + self.weights[1])
        return hidden @ self.weights[2] + self.weights[3]

    def copy_from(self, other):
        for mine, theirs in zip(self.weights, other.weights):
            mine.assign(theirs)


online, target = Network(), Network()
target.copy_from(online)
memory = collections.deque(maxlen=200)
environment = Corridor()


def learn():
    batch = [memory[i] for i in random.randint(0, len(memory), 16)]
    states, actions, rewards, following, done = map(np.array, zip(*batch))
    best = tf.reduce_max(target(following), axis=1)
    wanted = rewards.astype(np.float32) + DISCOUNT * best * (1.0 - done.astype(np.float32))
    with tf.GradientTape() as tape:
        chosen = tf.reduce_sum(online(states) * tf.one_hot(actions, 2), axis=1)
        error = tf.stop_gradient(wanted) - chosen
        loss = tf.reduce_mean(tf.where(tf.abs(error) < 1.0, 0.5 * error ** 2, tf.abs(error) - 0.5))
    for v, g in zip(online.weights, tape.gradient(loss, online.weights)):
        v.assign_sub(0.2 * g)
    return loss


for episode in range(8):
    state, done, total, losses = environment.reset(), False, 0.0, []
    while not done:
        if random.rand() < max(0.1, 1 - episode / 6):
            action = random.randint(2)
        else:
            action = int(tf.argmax(online(state[np.newaxis])[0]))
        following, reward, done = environment.step(action)
        memory.append((state, action, reward, following, done))
        state, total = following, total + reward
        if len(memory) >= 16:
            losses.append(learn())
    if episode % 2:
        target.copy_from(online)
    shown = f"{tf.reduce_mean(losses):.6f}" if losses else "none"
    print(f"episode {episode}: {total:.2f} in {environment.time} steps, loss {shown}")

values = online(np.eye(LENGTH, dtype=np.float32))
print("policy", "".join("LR"[a] for a in tf.argmax(values, axis=1)))
print("values", [f"{v:.4f}" for v in tf.reduce_max(values, axis=1)])
