"""Keras in small loops, drawn at random."""

from __future__ import annotations

from .values import Kind
from .with_helpers import WithHelpers

_LAYERS = (
    "Dense(3, 'tanh', kernel_initializer='ones')",
    "Dense(2, kernel_initializer=tf.keras.initializers.Constant(0.3))",
    "Dense(2, kernel_initializer='ones', kernel_regularizer='l2')",
    "LayerNormalization()",
    "BatchNormalization()",
    "Dropout(0.5, seed=3)",
    "Rescaling(0.5)",
    "Activation('softmax')",
    "PReLU()",
    "UnitNormalization()",
    "GaussianNoise(0.5, seed=3)",
    "ActivityRegularization(0.1)",
)
_LOSSES = (
    "MeanSquaredError()",
    "Huber(0.7)",
    "LogCosh()",
    "MeanAbsoluteError(reduction='sum')",
    "CategoricalCrossentropy(from_logits=True)",
    "CosineSimilarity()",
)
_OPTIMIZERS = (
    "SGD(0.1)",
    "SGD(0.1, momentum=0.9)",
    "SGD(0.1, clipnorm=0.5)",
    "Adam(0.1)",
    "RMSprop(0.05)",
    "Adagrad(0.1)",
    "AdamW(0.05)",
    "Lion(0.05)",
)
_METRICS = ("Mean()", "Sum()")
_METRICS_OF_TWO = (
    "MeanSquaredError()",
    "RootMeanSquaredError()",
    "BinaryAccuracy(threshold=0.3171)",
    "CategoricalAccuracy()",
    "CosineSimilarity()",
)


class Libraries(WithHelpers):
    """Writes layers, losses, metrics and optimizers of Keras."""

    def training(self) -> None:
        """A layer of Keras and an optimizer."""
        layer, optimizer, name = self.fresh("l"), self.fresh("o"), self.fresh("t")
        width = self.random.randint(2, 3)
        kind = Kind("float32", (2, width))
        self.write(f"{layer} = tf.keras.layers.{self.pick(_LAYERS)}")
        self.write(f"{layer}.build((None, {width}))")
        self.write(f"{optimizer} = tf.keras.optimizers.{self.pick(_OPTIMIZERS)}")
        a = self.leaf(kind)
        self.write(f"{name} = {self.leaf(kind)}")
        training = ", training=True" if self.chance(50) else ""
        with self.block(f"for k in range({self.random.randint(1, 4)}):"):
            with self.block("with tf.GradientTape() as tape:"):
                watched = self.chance(30)
                if watched:
                    self.write(f"tape.watch({name})")
                self.write(f"y = {layer}({name} * 0.5 + {a}{training})")
                self.write(f"loss = tf.keras.losses.{self.pick(_LOSSES)}(tf.ones_like(y) * 0.3, y)")
                if self.chance(40):
                    self.write(f"loss += sum({layer}.losses)")
            variables = f"{layer}.trainable_variables"
            if watched:
                self.write(f"{name} = {name} - tape.gradient(loss, {name}) * 0.1")
            else:
                self.write(f"g = tape.gradient(loss, {variables})")
                with self.block("if g:"):
                    self.write(f"{optimizer}.apply_gradients(zip(g, {variables}))")
            self.write("show(loss)")
            if self.chance(30):
                self.statement()
        self.write(f"show([w.numpy() for w in {layer}.weights])")
        self.scope.tensors[name] = kind

    def measured(self) -> None:
        """A metric and a loss of Keras over several batches."""
        metric, loss = self.fresh("m"), self.fresh("l")
        kind = Kind("float32", self.random.choice(((2, 3), (2, 2))))
        a, b = self.leaf(kind), self.leaf(kind)
        of_two = self.chance(60)
        self.write(
            f"{metric} = tf.keras.metrics.{self.pick(_METRICS_OF_TWO if of_two else _METRICS)}"
        )
        self.write(f"{loss} = tf.keras.losses.{self.pick(_LOSSES)}")
        with self.block(f"for k in range({self.random.randint(2, 4)}):"):
            with self.block("with tf.GradientTape() as tape:"):
                x = self.fresh("t")
                self.write(f"{x} = {a} * (k + 0.5)")
                self.write(f"tape.watch({x})")
                self.write(f"y = {loss}({b}, {x})")
            self.write(f"g = tape.gradient(y, {x})")
            self.write(f"{metric}.update_state({f'{b}, {x}' if of_two else 'y'})")
            self.write(f"show({self.pick(('y', 'g', f'{metric}.result()', '[y, g]'))})")
            if self.chance(20):
                with self.block("if k == 1:"):
                    self.write(f"{metric}.reset_state()")
        self.write(f"show({metric}.result())")
