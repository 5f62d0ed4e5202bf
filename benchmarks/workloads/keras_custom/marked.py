# tfimp: eager
"""Keras layers and Adam in a training loop of one's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import keras
import tensorflow as tf

from benchmarks.workloads.keras_custom.data import (
    CLASSES,
    EPSILON,
    INPUTS,
    RATE,
    UNITS,
    batches,
    initial,
)


def make() -> Callable[[int], list[float]]:
    """A fresh network."""
    model = keras.Sequential([
        keras.Input((INPUTS,)),
        keras.layers.Dense(UNITS, activation="relu"),
        keras.layers.Dense(CLASSES),
    ])
    model.set_weights(initial())
    optimizer = keras.optimizers.Adam(RATE, epsilon=EPSILON)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    stream = itertools.cycle(batches)

    def run(iterations: int) -> list[float]:
        losses = []
        for _ in range(iterations):
            images, labels = next(stream)
            with tf.GradientTape() as tape:
                loss = loss_of(labels, model(images, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            losses.append(float(loss))
        return losses

    return run
