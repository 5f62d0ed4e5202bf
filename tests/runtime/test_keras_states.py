"""Layers of Keras's that hold state which they do not list among their variables."""

import pytest

PROGRAM = """
    import tensorflow as tf
    keras = tf.keras
    keras.utils.set_random_seed(3)
    {setup}
    x = tf.reshape(tf.range(24.), (2, 4, 3)) * 0.1
    for step in range(5):
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(model(x))
            loss = sum(tf.reduce_sum(each ** 2) for each in outputs)
        show(outputs, tape.gradient(loss, model.trainable_variables))
        show([state.numpy() for layer in stateful for state in layer.states])
        {between}
"""


@pytest.mark.parametrize("setup", [
    "model = keras.layers.LSTM(2, stateful=True); stateful = [model]",
    "model = keras.layers.GRU(2, stateful=True, return_state=True); stateful = [model]",
    "model = keras.layers.Bidirectional(keras.layers.SimpleRNN(2, stateful=True));"
    "stateful = [model.forward_layer, model.backward_layer]",
    "stateful = [keras.layers.RNN(keras.layers.GRUCell(2), stateful=True)];"
    "model = keras.Sequential([*stateful, keras.layers.Dense(1)])",
], ids=["lstm", "gru", "bidirectional", "sequential"])
@pytest.mark.parametrize("between", [
    "pass", "[layer.reset_states() for layer in stateful if step % 2]",
    "[state.assign(state * 0.5) for layer in stateful for state in layer.states]",
], ids=["kept", "reset", "assigned"])
def test_states_go_on(same_as_eager, setup, between):
    same_as_eager(PROGRAM.format(setup=setup, between=between), plans=False, runs=2, rtol=1e-4)
