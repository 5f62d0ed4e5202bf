"""The pipeline, the same in every mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.workloads.mlp_small.data import SMALL


def dataset() -> Any:
    """An endless `tf.data.Dataset` of batches of inputs and classes.

    One for all modes, made in a module that nobody marked: tfimp leaves pipelines to TensorFlow.
    """
    images, labels = zip(*SMALL.batches(), strict=True)
    examples = tf.data.Dataset.from_tensor_slices((np.concatenate(images), np.concatenate(labels)))
    return examples.repeat().batch(SMALL.batch).prefetch(4)
