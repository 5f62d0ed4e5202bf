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


@tf.custom_gradient
def clipped(x):
    """Twice `x`, with a clipped gradient."""
    return x * 2, lambda upstream: tf.clip_by_value(upstream, -0.1, 0.1)


@tf.custom_gradient
def scaled(x, by):
    """`x * by`, with gradients that are not those."""
    return x * by, lambda upstream: (upstream * by * 3, upstream * 5)


_variable = tf.Variable(3.0)


@tf.custom_gradient
def with_a_variable_of_its_own(x):
    """`x` times a variable, with gradients that are not those."""
    def gradient(upstream, variables=()):
        return upstream * 7, [tf.reduce_sum(upstream) * 9] * len(variables)

    return x * _variable, gradient


@tf.recompute_grad
def recomputed(x):
    """`x * x`, computed again for its gradient."""
    return x * x
