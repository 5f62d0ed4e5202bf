"""Functions of Keras that run as Python on tensors of marked code: losses, activations, `ops`."""

import pytest

PROBABILITIES = """
    import tensorflow as tf
    keras = tf.keras
    keras.utils.set_random_seed(3)

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.Dense(2)

        def call(self, x):
            return keras.activations.{activation}(self.inner(x))

    dense = keras.layers.Dense(2, '{activation}')
    plain = keras.layers.Dense(2)
    y = tf.constant([[0., 1.], [1., 0.]])
    x = tf.constant([[1., 2., 3.], [3., 1., 2.]])
    model = {model}
    model(x)
    for _ in range(4):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean({loss})
        gradients = tape.gradient(loss, [*dense.variables, *plain.variables, *model.variables])
        show(loss, gradients)
"""
MODELS = {
    "layer": "dense",
    "sequential": "keras.Sequential([plain, keras.layers.Activation('{activation}')])",
    "subclassed": "Model()",
}
FUNCTIONS = [("softmax", "categorical_crossentropy"), ("sigmoid", "binary_crossentropy"),
             ("sigmoid", "categorical_crossentropy"), ("softmax", "binary_crossentropy")]


@pytest.mark.parametrize(("activation", "function"), FUNCTIONS)
@pytest.mark.parametrize("model", MODELS)
def test_gradient_through_the_logits_that_keras_hangs_on(
    same_as_eager, model, activation, function
):
    same_as_eager(PROBABILITIES.format(
        activation=activation, model=MODELS[model].format(activation=activation),
        loss=f"keras.losses.{function}(y, model(x))",
    ), plans=False, runs=2)


def test_several_losses_of_several_activations(same_as_eager):
    same_as_eager(PROBABILITIES.format(activation="softmax", model="plain", loss="""(
        keras.losses.categorical_crossentropy(y, keras.activations.sigmoid(plain(x)))
        + keras.losses.binary_crossentropy(y, keras.activations.softmax(plain(x)))
        + keras.losses.sparse_categorical_crossentropy([1, 0], keras.activations.softmax(plain(x)))
        + keras.losses.categorical_crossentropy(y, dense(plain(x)[:, :1] * x)))
    """), plans=False, runs=2)
