"""What of Keras becomes part of a plan: a training step is one, and computes what eager does."""

import differential
import pytest

import tfimp
from tfimp.runtime import native, segment

STEPS = 10

TRAINING = """
    import numpy as np
    import tensorflow as tf
    keras = tf.keras
    keras.utils.set_random_seed(3)
    chance = np.random.default_rng(3)
    images = chance.standard_normal(({steps}, 6, 4)).astype('float32')
    words = chance.integers(9, size=({steps}, 6, 4)).astype('int32')
    labels = chance.integers(3, size=({steps}, 6))
    {setup}
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for step in range({steps}):
        note()
        with tf.GradientTape() as tape:
            output = model({inputs}[step], training=True)
            loss = {loss}
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables))
        {after}
        show({shown})
    show([v.numpy() for v in model.variables], [v.numpy() for v in optimizer.variables])
"""

SEQUENTIAL = """
model = keras.Sequential([{first}, {layers}keras.layers.Dense(3)])
variables = model.trainable_variables
""".strip()

OWN_LAYERS = """
keras.mixed_precision.set_global_policy('{policy}')
class Linear(keras.layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 5))
        self.seen = self.add_weight(shape=(), trainable=False, initializer='zeros')
    def call(self, x):
        self.seen.assign_add(1.0)
        return tf.matmul(x, self.w) * 2 + self.w[0]
class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.linear, self.dropout = Linear(), keras.layers.Dropout(0.5)
        self.last = keras.layers.Dense(3, dtype='float32')
    def call(self, x):
        return self.last(self.dropout(self.linear(x)))  # which learn from the call that it trains
model = Model()
model(images[0])
variables = model.trainable_variables
keras.mixed_precision.set_global_policy('float32')
""".strip()

ADDED_LOSSES = """
class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(4, activity_regularizer='l1')
        self.last = keras.layers.Dense(3, kernel_regularizer='l2')
    def call(self, x, training=False):
        hidden = self.first(self.first(x))
        self.add_loss(0.1 * tf.reduce_mean(hidden))
        return self.last(hidden)
model = Model()
model(images[0])
variables = model.trainable_variables
""".strip()

SCHEDULE = """
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        return 0.1 * tf.minimum(tf.math.rsqrt(step + 1.), step * 0.3)
optimizer = keras.optimizers.Adam(WarmUp())
""".strip()

METRICS = """
optimizer = keras.optimizers.Adam(0.05)
accuracy = keras.metrics.SparseCategoricalAccuracy()
mean = keras.metrics.Mean()
area = keras.metrics.AUC(num_thresholds=9)
class Total(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.total = self.add_weight(name='total', initializer='zeros')
    def update_state(self, values, sample_weight=None):
        self.total.assign_add(tf.reduce_sum(values))
    def result(self):
        return self.total * 2
total = Total()
""".strip()

UPDATES = """
accuracy.update_state(labels[step], output)
mean(loss)
area.update_state(tf.one_hot(labels[step], 3), tf.nn.softmax(output), sample_weight=None)
total.update_state(output)
""".strip()

ADAM = "optimizer = keras.optimizers.Adam(0.05)"
INPUT, WORDS = "keras.Input((4,))", "keras.Input((4,), dtype='int32')"
HIDDEN = "keras.layers.Dense(5), "


def program(layers=HIDDEN, model="", optimizer=ADAM, first=INPUT, after="pass", shown="loss",
            loss="loss_of(labels[step], output)"):
    model = model or SEQUENTIAL.format(first=first, layers=layers)
    setup = [*model.splitlines(), *optimizer.splitlines()]
    return TRAINING.format(
        setup="\n    ".join(setup), inputs="words" if first is WORDS else "images", loss=loss,
        after="\n        ".join(after.splitlines()), shown=shown, steps=STEPS,
    )


CASES = {
    "metrics": program(optimizer=METRICS, after=UPDATES,
                       shown="loss, accuracy.result(), mean.result(), area.result(), "
                             "total.result()"),
    "layers of one's own": program(model=OWN_LAYERS.format(policy="float32")),
    "mixed precision": program(
        model=OWN_LAYERS.format(policy="mixed_float16"), loss="optimizer.scale_loss("
        "loss_of(labels[step], output))", optimizer="optimizer = keras.optimizers."
        "LossScaleOptimizer(keras.optimizers.SGD(0.1), dynamic_growth_steps=3)"),
    "mask": program("keras.layers.Embedding(9, 3, mask_zero=True), keras.layers.GRU(4), ",
                    first=WORDS),
    "indexed slices": program("keras.layers.Embedding(9, 3), keras.layers.Flatten(), ",
                              first=WORDS),
    "added losses": program(model=ADDED_LOSSES,
                            loss="loss_of(labels[step], output) + tf.add_n(model.losses)"),
    "missing gradients": program(
        optimizer=ADAM + "\nother = keras.layers.Dense(2)\nother.build((None, 4))\n"
        "variables = [*other.variables, *variables[:-1]]"),
    "accumulated gradients": program(
        optimizer="optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)"),
    "averaged and clipped": program(
        optimizer="optimizer = keras.optimizers.Adam(0.05, use_ema=True, clipnorm=0.1, "
                  "ema_overwrite_frequency=3, weight_decay=0.1)"),
    "schedule of one's own": program(optimizer=SCHEDULE),
    "learning rate that is set": program(after="optimizer.learning_rate = 0.1 / (step + 1)"),
    "probabilities": program(
        "keras.layers.Dense(3, activation='softmax'), keras.layers.Rescaling(9.), ",
        optimizer=ADAM + "\nloss_of_own = keras.losses.CategoricalCrossentropy()",
        loss="loss_of_own(tf.one_hot(labels[step], 3), keras.activations.softmax(output * 50)) "
             "+ loss_of_own(tf.one_hot(labels[step], 3), tf.nn.softmax(output * 50))"),
    "state that a function reads": program(
        "keras.layers.BatchNormalization(), ", shown="model.predict_on_batch(images[step]), loss"),
}


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.parametrize("name", list(CASES))
def test_training_step(hot, name, monkeypatch):
    seen = []
    natively = []

    def call_native(function, *args, **kwargs):
        natively.append(function)
        return native.call_native(function, *args, **kwargs)

    def note():
        natively.clear()
        seen.append(tfimp.stats())

    monkeypatch.setattr(segment, "call_native", call_native)
    differential.check(CASES[name], 1, plans=True, rtol=2e-4, atol=1e-5, note=note)
    before, after = seen[-2:]
    assert not natively
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0
    assert after.plans_compiled == before.plans_compiled
    assert after.plans_run - before.plans_run == 1
