"""Functions of Keras that run as Python on tensors of marked code: losses, activations, `ops`."""

import pytest

import tfimp

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
        + keras.losses.sparse_categorical_crossentropy(
            tf.constant([1, 0]), keras.activations.softmax(plain(x)))
        + keras.losses.categorical_crossentropy(y, dense(plain(x)[:, :1] * x)))
    """), plans=False, runs=2)


def test_loss_functions_are_part_of_the_plan(hot):
    keras = tfimp.keras
    layer = keras.layers.Dense(2, "softmax")
    layer.build((None, 3))
    variable = tfimp.Variable(tfimp.ones((2, 3)))

    def train():
        losses = (keras.losses.categorical_crossentropy, keras.losses.binary_crossentropy)
        with tfimp.GradientTape() as tape:
            loss = sum(tfimp.reduce_sum(each([[0., 1.], [1., 0.]], layer(variable)))
                       for each in losses)
            loss += tfimp.reduce_sum(
                keras.losses.sparse_categorical_crossentropy(tfimp.constant([1, 0]),
                                                             layer(variable))
            )
        variable.assign_sub(0.1 * tape.gradient(loss, variable))
        return float(loss)

    for _ in range(4):
        train()
    before = tfimp.stats()
    losses = [train() for _ in range(5)]
    after = tfimp.stats()
    assert losses == sorted(losses, reverse=True)
    assert after.plans_run - before.plans_run == 5
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0
