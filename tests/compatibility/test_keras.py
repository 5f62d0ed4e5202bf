"""Keras 3: layers, models, losses, metrics and optimizers."""

from tests import differential


def test_training_loop_with_Adam(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential(
            [tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)]
        )
        opt = tf.keras.optimizers.Adam(0.01)
        lf = tf.keras.losses.MeanSquaredError()
        x = tf.constant(np.random.RandomState(0).randn(8, 3).astype("f"))
        y = tf.reduce_sum(x, 1, keepdims=True)
        for i in range(6):
            with tf.GradientTape() as t:
                l = lf(y, m(x, training=True))
            g = t.gradient(l, m.trainable_variables)
            opt.apply_gradients(zip(g, m.trainable_variables))
            show(l)
        show(opt.iterations, [v.numpy() for v in opt.variables])
    """, runs=2)


def test_schedule(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        sch = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        opt = tf.keras.optimizers.SGD(sch, momentum=0.9, nesterov=True)
        v = tf.Variable([1.0, 2.0])
        for i in range(6):
            with tf.GradientTape() as t:
                l = tf.reduce_sum(v * v)
            opt.apply_gradients([(t.gradient(l, v), v)])
            show(l, opt.learning_rate, v)
    """, runs=2)


def test_subclassed_model_with_branches(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)


        class M(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.a = tf.keras.layers.Dense(4)
                self.b = tf.keras.layers.Dense(4)

            def call(self, x, training=False):
                h = self.a(x)
                if tf.reduce_mean(h) > 0:
                    h = tf.nn.relu(h)
                else:
                    h = tf.tanh(h)
                for i in range(2):
                    h = h + self.b(h)
                return tf.reduce_sum(h, 1)


        m = M()
        opt = tf.keras.optimizers.RMSprop(0.01)
        x = tf.random.normal([5, 3])
        for i in range(5):
            with tf.GradientTape() as t:
                l = tf.reduce_mean(tf.square(m(x) - 1.0))
            g = t.gradient(l, m.trainable_variables)
            opt.apply_gradients(zip(g, m.trainable_variables))
            show(l)
    """, runs=2)


def test_layer_with_state_and_losses(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)


        class L(tf.keras.layers.Layer):
            def __init__(self, n):
                super().__init__()
                self.n = n

            def build(self, s):
                self.w = self.add_weight(
                    shape=(s[-1], self.n), initializer="glorot_uniform", name="w"
                )
                self.c = tf.Variable(0.0, trainable=False)

            def call(self, x):
                self.c.assign_add(1.0)
                self.add_loss(0.01 * tf.reduce_sum(self.w**2))
                return tf.matmul(x, self.w)


        l = L(3)
        x = tf.random.normal([4, 2])
        for i in range(4):
            with tf.GradientTape() as t:
                y = tf.reduce_sum(l(x) ** 2) + sum(l.losses)
            g = t.gradient(y, l.trainable_variables)
            show(y, g, l.c)
            for v, gg in zip(l.trainable_variables, g):
                v.assign_sub(0.1 * gg)
    """, runs=2)


def test_fit_evaluate_and_predict(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)


        class M(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.a = tf.keras.layers.Dense(4)

            def call(self, x, training=False):
                return tf.reduce_sum(tf.nn.relu(self.a(x)), 1)


        m = M()
        m.compile("sgd", "mse")
        x = np.random.RandomState(0).randn(16, 3).astype("f")
        y = x.sum(1)
        h = m.fit(x, y, epochs=2, batch_size=4, verbose=0, shuffle=False)
        show(h.history["loss"], m.evaluate(x, y, verbose=0), m.predict(x, verbose=0))
    """, runs=2)


def test_train_step_of_its_own(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)


        class M(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.a = tf.keras.layers.Dense(1)

            def call(self, x, training=False):
                return self.a(x)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as t:
                    p = self(x, training=True)
                    l = tf.reduce_mean(tf.square(p - y))
                g = t.gradient(l, self.trainable_variables)
                self.optimizer.apply_gradients(zip(g, self.trainable_variables))
                return {"loss": l}


        m = M()
        m.compile(tf.keras.optimizers.SGD(0.1))
        x = np.random.RandomState(0).randn(16, 3).astype("f")
        y = x.sum(1, keepdims=True)
        h = m.fit(x, y, epochs=2, batch_size=4, verbose=0, shuffle=False)
        show(h.history["loss"])
    """, runs=2)


def test_run_eagerly(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential(
            [tf.keras.layers.Dense(4), tf.keras.layers.Lambda(lambda x: tf.nn.softmax(x * 2.0))]
        )


        def my_loss(a, b):
            return tf.reduce_mean(tf.square(a - b), -1)


        m.compile("adam", my_loss, run_eagerly=True, metrics=["mae"])
        x = np.random.RandomState(0).randn(16, 3).astype("f")
        y = np.eye(4, dtype="f")[np.arange(16) % 4]
        h = m.fit(x, y, epochs=2, batch_size=4, verbose=0, shuffle=False)
        show(h.history["loss"], h.history["mae"])
    """, runs=2)


def test_batch_normalisation_and_dropout(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential(
            [
                tf.keras.layers.Dense(4),
                tf.keras.layers.BatchNormalization(),
                tf.keras.layers.Dropout(0.5, seed=1),
            ]
        )
        x = tf.random.normal([6, 3])
        for i in range(4):
            y = m(x, training=True)
            show(y)
        show(m(x, training=False), [w.numpy() for w in m.weights])
    """, runs=2)


def test_metrics(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        acc = tf.keras.metrics.SparseCategoricalAccuracy()
        mean = tf.keras.metrics.Mean()
        for i in range(4):
            p = tf.nn.softmax(tf.random.normal([5, 3]))
            acc.update_state(tf.constant([0, 1, 2, 1, 0]), p)
            mean(tf.reduce_sum(p * i))
            show(acc.result(), mean.result())
        acc.reset_state()
        show(acc.result())
    """, runs=2)


def test_functional_model(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        i = tf.keras.Input((3,))
        o = tf.keras.layers.Dense(2, activation="tanh")(i)
        m = tf.keras.Model(i, o)
        for k in range(4):
            x = tf.constant([[1.0, 2.0, 3.0]]) * (k + 1.0)
            with tf.GradientTape() as t:
                t.watch(x)
                y = tf.reduce_sum(m(x) * 2)
            show(t.gradient(y, x))
    """, runs=2)


def test_gradient_penalty(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential(
            [tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)]
        )
        x = tf.random.normal([5, 2])
        m(x)
        for k in range(4):
            with tf.GradientTape() as t2:
                with tf.GradientTape() as t:
                    t.watch(x)
                    y = m(x)
                g = t.gradient(y, x)
                l = tf.reduce_mean((tf.norm(g, axis=1) - 1) ** 2)
            gg = t2.gradient(l, m.trainable_variables)
            show(g, l, gg)
            for v, d in zip(m.trainable_variables, gg):
                if d is not None:
                    v.assign_sub(0.1 * d)
    """, runs=2)


def test_mixed_precision(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        tf.keras.mixed_precision.set_global_policy("mixed_float16")
        try:
            m = tf.keras.Sequential(
                [tf.keras.layers.Dense(4), tf.keras.layers.Dense(1, dtype="float32")]
            )
            opt = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(0.01))
            x = tf.random.normal([5, 2])
            for k in range(4):
                with tf.GradientTape() as t:
                    l = tf.reduce_mean(m(x) ** 2)
                    s = opt.scale_loss(l)
                g = t.gradient(s, m.trainable_variables)
                opt.apply_gradients(zip(g, m.trainable_variables))
                show(l, m(x).dtype.name)
        finally:
            tf.keras.mixed_precision.set_global_policy("float32")
    """, runs=2)


def test_saving_and_loading(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        import tempfile, os

        m = tf.keras.Sequential(
            [tf.keras.Input((3,)), tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)]
        )
        d = tempfile.mkdtemp()
        f = os.path.join(d, "m.keras")
        x = tf.random.normal([2, 3])
        m.save(f)
        n = tf.keras.models.load_model(f)
        show(m(x) - n(x))
        m.save_weights(os.path.join(d, "w.weights.h5"))
        m.load_weights(os.path.join(d, "w.weights.h5"))
        show(m(x))
    """, runs=2)


def test_recurrent_layers(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        l = tf.keras.layers.LSTM(4, return_sequences=True)
        e = tf.keras.layers.Embedding(10, 3)
        g = tf.keras.layers.GRU(2)
        for k in range(3):
            ids = tf.constant([[1, 2, 3], [4, 5, k]])
            with tf.GradientTape() as t:
                y = tf.reduce_sum(g(l(e(ids))) ** 2)
            gr = t.gradient(
                y, e.trainable_variables + l.trainable_variables + g.trainable_variables
            )
            show(y, gr)
    """, runs=2)


def test_convolutional_layers(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential(
            [
                tf.keras.layers.Conv2D(3, 3, activation="relu"),
                tf.keras.layers.MaxPool2D(),
                tf.keras.layers.Flatten(),
                tf.keras.layers.Dense(2),
            ]
        )
        x = tf.random.normal([2, 8, 8, 1])
        for k in range(3):
            with tf.GradientTape() as t:
                l = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=m(x))
                )
            g = t.gradient(l, m.trainable_weights)
            show(l, g)
    """, runs=2)


def test_functions_of_keras(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        x = tf.constant([[1.0, 2.0], [3.0, 4.0]]) * 2
        show(
            tf.keras.ops.softmax(x),
            tf.keras.activations.gelu(x),
            tf.keras.ops.convert_to_numpy(x),
            tf.keras.utils.to_categorical([1, 2]),
        )
        show(tf.keras.losses.categorical_crossentropy(tf.nn.softmax(x), tf.nn.softmax(x + 1)))
        show(tf.keras.backend.floatx())
        show(tf.keras.initializers.GlorotUniform(seed=1)((2, 2)))
        show(tf.keras.regularizers.l2(0.1)(x))
    """, runs=2)


def test_callbacks(hot):
    differential.check("""
        import numpy as np
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        log = []


        class C(tf.keras.callbacks.Callback):
            def on_epoch_end(self, e, logs=None):
                log.append(round(float(logs["loss"]), 5))


        m = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        m.compile("sgd", "mse")
        x = np.random.RandomState(0).randn(16, 3).astype("f")
        ds = (
            tf.data.Dataset.from_tensor_slices((x, x.sum(1)))
            .batch(4)
            .map(lambda a, b: (a * 1.0, b))
        )
        m.fit(ds, epochs=2, verbose=0, callbacks=[C()])
        show(log)
    """, runs=2)


def test_clipping_and_averaging(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        opt = tf.keras.optimizers.Adam(
            0.1, clipnorm=1.0, use_ema=True, ema_momentum=0.9, weight_decay=0.01
        )
        v = tf.Variable([1.0, 2.0])
        for i in range(5):
            with tf.GradientTape() as t:
                l = tf.reduce_sum(v * v)
            opt.apply_gradients([(t.gradient(l, v), v)])
        opt.finalize_variable_values([v])
        show(v)
    """, runs=2)


def test_variables_of_a_model(hot):
    differential.check("""
        import tensorflow as tf

        tf.keras.utils.set_random_seed(1)
        m = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(2)])
        x = tf.ones([1, 2])
        o, s = m.stateless_call([v.value for v in m.trainable_variables], [], x)
        show(o)
        m.layers[0].kernel.assign(m.layers[0].kernel * 2)
        show(m(x), m.layers[0].kernel.value, m.layers[0].kernel + 1, m.layers[0].kernel * x)
        show(tf.matmul(x, m.layers[0].kernel), tf.reduce_sum(m.layers[0].bias))
    """, runs=2)
