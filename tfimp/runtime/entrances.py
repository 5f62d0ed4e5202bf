"""Where TensorFlow tests what it is given for being its own, without a dispatch: ours are let in.

Only here; to make our class pass for TensorFlow's everywhere would have TensorFlow's own tensors
dispatched like ours.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfimp.runtime.native import native
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import convert_before_class_tests


def open_entrances() -> None:
    """Has TensorFlow take our tensors where it tests for its own."""
    convert_before_class_tests(native)
    own_from_tensor = tf.TensorSpec.from_tensor

    def from_tensor(tensor: Any, name: str | None = None) -> Any:
        if type(tensor) is Tensor:
            return tf.TensorSpec(tensor.shape, tensor.dtype, name)
        return own_from_tensor(tensor, name)

    from_tensor.__doc__ = own_from_tensor.__doc__
    tf.TensorSpec.from_tensor = staticmethod(from_tensor)
