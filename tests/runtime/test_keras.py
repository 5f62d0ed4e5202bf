"""Keras's layers, losses and optimizers in marked code: recorded, and the same as eager."""

import pytest

import tfimp

TRAINING = """
    import numpy as np
    import tensorflow as tf
    keras = tf.keras
    keras.utils.set_random_seed(3)
    chance = np.random.default_rng(3)
    images = chance.standard_normal((6, 8, 4)).astype('float32')
    labels = chance.integers(3, size=(6, 8))
    {setup}
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for step in range(6):
        {before}
        with tf.GradientTape() as tape:
            loss = loss_of(labels[step], model(images[step], training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        show(float(loss), [tf.convert_to_tensor(g) for g in gradients])
        {after}
    show([v.numpy() for v in model.variables], [v.numpy() for v in optimizer.variables])
    show(model(images[0]), model(images[0], training=False))
"""
# Each run makes a model of its own, so what repeats are the steps; in the second nothing of the
# first model may be taken for the second one's.
RUNS = 2

SEQUENTIAL = """
model = keras.Sequential([
    keras.Input((4,)), keras.layers.Dense(5, activation='relu'), {layers}keras.layers.Dense(3)
])""".strip()
ADAM = "optimizer = keras.optimizers.Adam(0.05)"


# What is cold is Keras itself, run by eager mode.
ONLY_HOT = pytest.mark.parametrize("tier", ["hot"], indirect=True)


def program(setup="", layers="", optimizer=ADAM, before="pass", after="pass"):
    model = setup or SEQUENTIAL.format(layers=layers)
    return TRAINING.format(
        setup="\n    ".join([*model.splitlines(), optimizer]), before=before, after=after
    )


@ONLY_HOT
def test_optimizer_step_with_something_new_behind_it(same_as_eager):
    """What a plan would carry out is run by tier 0 then, while its segment stays open."""
    same_as_eager("""
        import tensorflow as tf
        keras = tf.keras
        keras.utils.set_random_seed(3)
        layer = keras.layers.Dense(2)
        optimizer = keras.optimizers.Adam(0.1)
        average = keras.metrics.Mean()
        x = tf.constant([[1., 2.], [3., 4.]])
        for step in range(8):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(x) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(loss, layer.variables), layer.variables))
            if step == 5:
                average.reset_state()
        show([v.numpy() for v in layer.variables], int(optimizer.iterations))
    """)


@ONLY_HOT
@pytest.mark.parametrize("layers", [
    "", "keras.layers.BatchNormalization(), ", "keras.layers.Dropout(0.5), ",
    "keras.layers.LayerNormalization(), keras.layers.GaussianNoise(0.1), ",
    "keras.layers.Dense(5, activation=lambda x: tf.tanh(x)), ",
    "keras.layers.Lambda(lambda x: x * 2.), ",
    "keras.layers.Dense(5, activity_regularizer='l2'), ",
    "keras.layers.Reshape((5, 1)), keras.layers.LSTM(4), ",
    "keras.layers.Reshape((5, 1)), keras.layers.Conv1D(2, 3), keras.layers.Flatten(), ",
], ids=["dense", "batch norm", "dropout", "noise", "function of the user's", "lambda layer",
        "activity regularizer", "lstm", "convolution"])
def test_layers(same_as_eager, layers):
    same_as_eager(program(layers=layers), plans=False, runs=RUNS, rtol=1e-4, atol=1e-5)


@ONLY_HOT
@pytest.mark.parametrize("optimizer", [
    "SGD(0.1, momentum=0.9, nesterov=True)", "RMSprop(0.01)", "Adam(0.01, clipnorm=0.1)",
    "AdamW(0.01, weight_decay=0.1)", "Adam(0.01, use_ema=True, ema_overwrite_frequency=2)",
    "Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5))",
    "SGD(0.1, gradient_accumulation_steps=2)",
    "LossScaleOptimizer(keras.optimizers.SGD(0.1))",
])
def test_optimizers(same_as_eager, optimizer):
    same_as_eager(program(optimizer=f"optimizer = keras.optimizers.{optimizer}"), runs=RUNS,
                  rtol=1e-4, atol=1e-5)


@ONLY_HOT
@pytest.mark.parametrize("change", [
    "model.layers[1].rate = 0.1 * step",
    "optimizer.learning_rate = 0.01 * (step + 1)",
    "optimizer.learning_rate.assign(0.01 * (step + 1))",
    "model.layers[0].kernel.assign(model.layers[0].kernel * 0.5)",
    "model.set_weights([w * 0.9 for w in model.get_weights()])",
    "model.layers[0].activation = [tf.nn.relu, tf.nn.tanh][step % 2]",
    "show(model.predict(images[0], verbose=0))",
    "model.layers[0].bias.value.assign_add(tf.ones(5))",
    "show(model.layers[0].kernel.numpy(), float(optimizer.iterations))",
    "show(model(tf.constant(images[1]) * 2))",
    "show(model.count_params(), len(model.losses))",
])
@pytest.mark.parametrize("place", ["before", "after"])
def test_changes_between_steps(same_as_eager, change, place):
    source = program(layers="keras.layers.Dropout(0.5), ", **{place: change})
    repeats = not change.startswith("model.layers[1].rate")  # else no step is like another
    same_as_eager(source, repeats, runs=1, rtol=1e-4, atol=1e-5)


def test_trainable_that_is_switched(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        keras = tf.keras
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5),
                                  keras.layers.BatchNormalization(), keras.layers.Dense(3)])
        for step in range(8):
            model.layers[1].trainable = step % 2 == 0
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(np.ones((2, 4), 'float32') * step, training=True) ** 2)
            gradients = tape.gradient(loss, model.trainable_variables)
            show(loss, gradients)
            for variable, gradient in zip(model.trainable_variables, gradients):
                variable.assign_sub(0.01 * gradient)
        show([v.numpy() for v in model.variables])
    """, plans=False, runs=RUNS, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("looked_up", ["tf.keras", "keras"])
def test_gradient_by_a_frozen_variable_that_is_asked_for(same_as_eager, looked_up):
    same_as_eager(f"""
        import keras
        import tensorflow as tf
        {looked_up}.utils.set_random_seed(3)
        layers = [keras.layers.Dense(2, trainable=i != 1) for i in range(3)]
        v = keras.Variable([[1., 2.]], trainable=False)
        for i in range(4):
            with tf.GradientTape(persistent=True) as tape:
                x = v * 1.
                for layer in layers:
                    x = tf.sin(layer(x))
                y = tf.reduce_sum(x)
            layers[2].trainable = False
            show(tape.gradient(y, v))
            show([tape.gradient(y, layer.trainable_variables) for layer in layers])
            show([tape.gradient(y, layer.weights) for layer in layers])
            show(*tape.jacobian(y, layers[1].weights))
    """)


def test_model_of_marked_code_runs_as_python(same_as_eager):
    same_as_eager(program("""
class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = keras.layers.Dense(5), keras.layers.Dense(3)
    def call(self, x, training=False):
        hidden = self.first(x)
        if tf.reduce_mean(hidden) > 0:
            hidden = hidden * 2
        for _ in range(2):
            hidden = tf.nn.relu(hidden)
        return self.second(hidden)
model = Model()""".strip()), plans=False, runs=RUNS, rtol=1e-4, atol=1e-5)


def test_functional_model_of_several_inputs_and_outputs(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        keras = tf.keras
        keras.utils.set_random_seed(3)
        a, b = keras.Input((3,)), keras.Input((2,))
        x = keras.layers.Concatenate()([a, b])
        model = keras.Model([a, b], {'sum': keras.layers.Dense(1)(x), 'both': x})
        for step in range(5):
            inputs = [tf.ones([2, 3]) * step, tf.ones([2, 2])]
            with tf.GradientTape() as tape:
                found = model(inputs)
                loss = tf.reduce_sum(found['sum'] ** 2) + tf.reduce_sum(found['both'])
            show(found, tape.gradient(loss, model.trainable_variables))
    """, plans=False)


def test_masks_reach_the_next_layer(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        keras = tf.keras
        keras.utils.set_random_seed(3)
        table = keras.layers.Embedding(5, 3, mask_zero=True)
        cell = keras.layers.GRU(2)
        for step in range(5):
            show(cell(table(np.array([[1, 2, 0, 0], [3, 0, 0, 0]]))))
    """, plans=False, runs=RUNS)


def test_losses_that_layers_add(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        keras = tf.keras
        keras.utils.set_random_seed(3)
        layer = keras.layers.Dense(2, activity_regularizer='l1', kernel_regularizer='l2')
        for step in range(5):
            with tf.GradientTape() as tape:
                y = layer(np.ones((2, 3), 'float32') * step)
                loss = tf.reduce_sum(y) + tf.add_n(layer.losses)
            show(loss, tape.gradient(loss, layer.trainable_variables))
    """, plans=False)


def test_errors_of_layers(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        layer = tf.keras.layers.Dense(2)
        for step in range(4):
            layer(np.ones((2, 3), 'float32'))
        try:
            layer(np.ones((2, 4), 'float32'))
        except ValueError as error:
            show(type(error).__name__)
        show(layer(np.zeros((2, 3), 'float32')))
    """, plans=False)


def test_training_step_is_one_plan(hot):
    import numpy as np

    keras = tfimp.keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    optimizer = keras.optimizers.Adam(0.01)
    loss_of = keras.losses.MeanSquaredError()

    def train():
        x = tfimp.constant(np.ones((2, 4), np.float32))
        with tfimp.GradientTape() as tape:
            loss = loss_of(tfimp.ones([2, 2]), model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return float(loss)

    for _ in range(6):
        train()
    before = tfimp.stats()
    losses = [train() for _ in range(5)]
    after = tfimp.stats()
    assert losses == sorted(losses, reverse=True)
    assert after.plans_run - before.plans_run == 5
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0


def test_models_are_not_held(hot):
    import gc
    import weakref

    import numpy as np

    references = []
    for _ in range(3):
        model = tfimp.keras.Sequential([tfimp.keras.Input((4,)), tfimp.keras.layers.Dense(3)])
        for _ in range(4):
            model(tfimp.constant(np.ones((2, 4), np.float32))).numpy()
        references.append(weakref.ref(model))
        del model
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


@pytest.mark.parametrize("built", [True, False])
def test_gradient_of_a_gradient_through_a_layer(same_as_eager, built):
    same_as_eager(f"""
        import tensorflow as tf
        tf.keras.utils.set_random_seed(3)
        layer = tf.keras.layers.Dense(2, activation='tanh')
        if {built}:
            layer.build((None, 2))
        x = tf.constant([[1., 2.], [3., 4.]])
        for _ in range(4):
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    y = layer(x)
                g = inner.gradient(y, x)
                penalty = tf.reduce_sum(tf.square(g))
            show(g, outer.gradient(penalty, layer.trainable_variables))
    """, plans=False)


@pytest.mark.parametrize("made", [
    "keras.losses.MeanSquaredError()(x * 0.5, x)", "keras.layers.Activation('tanh')(x)",
    "built(keras.layers.Dense(2, kernel_initializer='ones'))(x)",
])
def test_gradient_through_what_the_program_no_longer_holds(same_as_eager, made):
    same_as_eager(f"""
        import gc
        import keras
        import tensorflow as tf

        def built(layer):
            layer.build((None, 2))
            return layer

        x = tf.Variable([[1.0, 2.0]])
        for i in range(5):
            y = {made} * 2.0
            gc.collect()
            show(y, tf.gradients(y, x)[0])
    """, plans=False)


def test_layer_whose_array_is_changed_in_place(same_as_eager):
    same_as_eager("""
        import keras
        import numpy as np
        import tensorflow as tf

        layer = keras.layers.Normalization(mean=[0.0, 0.0], variance=[1.0, 1.0])
        layer.build((None, 2))
        layer.mean = np.zeros([1, 2], np.float32)
        x = tf.constant([[1.0, 2.0]])
        for i in range(6):
            show(layer(x * 1.0))
            layer.mean += 5.0
    """, plans=False)


def test_attribute_set_to_what_differs_by_its_class_alone(same_as_eager):
    same_as_eager("""
        import keras
        import tensorflow as tf

        layer = keras.layers.Softmax()
        function = keras.losses.MeanSquaredError()
        x = tf.constant([[1.0, 2.0]])
        for axis in (1, -1, 0, False, 1, True, 0):
            layer.axis = axis
            function.reduction = "sum" if axis else None
            try:
                show(layer(x * 1.0), function(x, x * 2.0))
            except Exception as error:
                show(type(error).__name__)
    """, plans=False)


def test_loss_made_anew_at_each_step_is_part_of_the_plan(hot):
    import keras

    v = tfimp.Variable([[1.0, 2.0]])
    nodes = []
    for _ in range(8):
        before = tfimp.stats()
        loss = keras.losses.Huber(delta=0.5)(tfimp.constant([[0.0, 0.0]]), v * 2.0)
        v.assign_sub(tfimp.gradients(loss, v)[0])
        loss.numpy()
        nodes.append(tfimp.stats().trace_nodes)
    after = tfimp.stats()
    assert after.calls_run_by_tier_0 == before.calls_run_by_tier_0
    assert nodes[3] == nodes[-1]
    assert keras.losses.Huber(delta=9.0)(tfimp.constant([[0.0]]), v[:, :1] * 0 + 4.0).numpy() == 8.0
