"""A helper module that nobody marked, for programs whose tensors pass through one."""

import tensorflow as tf


def converted(x):
    """Three times `x`, computed on a tensor of TensorFlow's own."""
    return tf.convert_to_tensor(x) * 3.0


def passed_through(x, w):
    """`x * w`, through a function with a gradient of its own."""
    return tf.grad_pass_through(tf.identity)(x * w)


def looked_up(v, indices):
    """Rows of `v`, looked up by TensorFlow itself."""
    return tf.nn.embedding_lookup(tf.convert_to_tensor(v), indices)


def conditional(condition, x):
    """Twice `x` where the condition holds, else thrice."""
    return tf.case([(condition, lambda: x * 2)], default=lambda: x * 3)


def switched(number, x):
    """Twice `x` for the number 0, else five times."""
    return tf.switch_case(number, [lambda: x * 2, lambda: x * 5])


def described(x):
    """The spec of `x`."""
    return tf.TensorSpec.from_tensor(x)


def exported(x):
    """`x` by way of DLPack."""
    return tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x))
