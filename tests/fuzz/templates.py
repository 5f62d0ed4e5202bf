"""Op calls by what they take and give; `Expressions` fills in the names."""

from __future__ import annotations

from typing import TypeAlias

Templates: TypeAlias = tuple[str, ...]

# Op calls that give small numbers for any, and those that do for small numbers.
SMALL: Templates = (
    "tf.tanh(",
    "tf.sin(",
    "tf.cos(",
    "tf.sigmoid(",
    "tf.exp(-tf.abs(",
    "tf.math.erf(",
    "tf.atan",
    "tf.math.atan2(",
    "tf.math.softsign(",
    "tf.nn.softmax(",
    "tf.zeros_like(",
    "tf.ones_like(",
    "tf.clip_by_value(",
    "tf.linalg.l2_normalize(",
)
KEEPING: Templates = (
    "-",
    "tf.broadcast_to(",
    "tf.cast(",
    "tf.concat(",
    "tf.convert_to_tensor(",
    "tf.ensure_shape(",
    "tf.gather(",
    "tf.identity(",
    "tf.math.log",
    "tf.math.reciprocal(",
    "tf.maximum(",
    "tf.minimum(",
    "tf.nn.",
    "tf.raw_ops.Neg(",
    "tf.reduce_max(",
    "tf.reduce_mean(",
    "tf.reshape(",
    "tf.reverse(",
    "tf.roll(",
    "tf.sqrt(",
    "tf.squeeze(",
    "tf.stop_gradient(",
    "tf.tile(",
    "tf.transpose(",
    "tf.where(",
    "1. - ",
)
GROWING: Templates = (
    " * ",
    " + ",
    "@",
    "sum",
    "add",
    "accumulate",
    "matmul",
    "einsum",
    "tensordot",
    "l2_loss",
)


def stays_small(expression: str) -> bool:
    """Whether an expression of small numbers is known to give small numbers."""
    if expression.startswith(SMALL):
        return True
    return expression.startswith(KEEPING) and not any(part in expression for part in GROWING)


def is_slow(expression: str) -> bool:
    """Whether it loops or makes a graph by itself: too slow for a loop of the program."""
    return any(name in expression for name in ("tf.scan(", "_map(", "map_fn(", "fold", ".data."))


UNARY: Templates = (
    "tf.tanh({a})",
    "tf.sin({a})",
    "tf.cos({a})",
    "tf.sigmoid({a})",
    "tf.exp(-tf.abs({a}))",
    "tf.sqrt(tf.abs({a}) + 0.17)",
    "tf.math.log(tf.abs({a}) + 1.3)",
    "tf.square({a}) * 0.3",
    "tf.nn.relu({a} - 0.123)",
    "tf.nn.softplus({a})",
    "tf.nn.elu({a})",
    "-{a}",
    "abs({a} + 0.031)",
    "tf.nn.leaky_relu({a} - 0.11)",
    "tf.identity({a})",
    "tf.stop_gradient({a})",
    "({a}) ** 2 * 0.2",
    "tf.clip_by_value({a}, -2.13, 2.13)",
    "tf.math.erf({a})",
    "tf.atan({a})",
    "tf.zeros_like({a})",
    "tf.ones_like({a})",
    "tf.math.log1p(tf.abs({a}))",
    "tf.math.expm1({a} * 0.1)",
    "tf.math.reciprocal(tf.abs({a}) + 0.7)",
    "tf.nn.swish({a})",
    "2 * {a}",
    "{a} / 3",
    "1. - {a}",
    "tf.cast(tf.cast({a}, tf.float64), tf.{dtype})",
    "tf.convert_to_tensor({a})",
    "tf.reshape(tf.reshape({a}, [-1]), {shape})",
    "tf.broadcast_to({a}, {shape})",
    "tf.squeeze(tf.expand_dims({a}, 0), 0)",
    "tf.nn.gelu({a})",
    "tf.math.softsign({a})",
    "tf.ensure_shape({a}, {shape})",
    "tf.math.sign({a} - 0.0171) * {a}",
    "tf.nest.map_structure(lambda e: e * 2, [{a}])[0]",
    "tf.add_n([{a}, {a}])",
    "tf.raw_ops.Neg(x={a})",
    "tf.math.multiply_no_nan({a}, {a} * 0.1)",
    "(lambda e: e + e)({a})",
)
BINARY: Templates = (
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} / (tf.abs({b}) + 0.7)",
    "tf.maximum({a}, {b} + 0.01)",
    "tf.minimum({a}, {b} + 0.01)",
    "tf.math.squared_difference({a}, {b}) * 0.2",
    "tf.where({a} > 0.3171, {a}, {b})",
    "tf.add_n([{a}, {b}, {a}])",
    "tf.multiply({a}, {b})",
    "tf.math.divide_no_nan({a}, tf.abs({b}) + 1.1)",
    "tf.stack([{a}, {b}])[1]",
    "tf.concat([[{a}], [{b}]], 0)[0]",
    "tf.reduce_sum(tf.stack([{a}, {b}]), 0)",
    "tf.unstack(tf.stack([{a}, {b}]))[1] * {a}",
    "tf.pow(tf.abs({a}) + 0.3, 1.3)",
    "tf.math.atan2({a}, tf.abs({b}) + 0.5)",
    "tf.subtract({a}, y={b})",
    "sum([{a}, {b}])",
    "tf.math.accumulate_n([{a}, {b}])",
    "tf.add(x={a}, y={b})",
    "tf.maximum({a} * 0.3, 0.0123)",
)
RANKED: Templates = (  # one dimension or more
    "tf.nn.softmax({a})",
    "tf.cumsum({a})",
    "tf.reverse({a}, [0])",
    "tf.roll({a}, 1, 0)",
    "tf.sort({a} * 1.01)",
    "{a}[::-1]",
    "{a} + tf.reduce_mean({a}, 0)",
    "{a} * {a}[0]",
    "{a} - tf.reduce_max({a} * 1.001)",
    "tf.nn.log_softmax({a})",
    "tf.concat([{a}, {b}], 0)[:{n}]",
    "tf.concat([{a}[:1], {b}[1:]], 0)",
    "tf.gather({a}, {indices})",
    "tf.gather({a}, tf.unique(tf.cast(tf.reshape({a}, [{n}, -1])[:, 0] * 1.37, tf.int32))[1])",
    "tf.tile({a}[:1], {tiles})",
    "tf.tensor_scatter_nd_add({a}, [[0]], {a}[:1])",
    "tf.stack([e * 2 for e in {a}])",
    "tf.where(tf.abs({a}) > 0.2171, {a}, {b})",
    "tf.split({a}, {n})[0] + {a}",
    "tf.cumsum({a}, axis=-1, reverse=True)",
    "tf.scan(lambda x, y: x * 0.5 + y, {a})",
    "tf.map_fn(lambda e: e * 0.5, {a})",
    "tf.pad({a}, {padding})[1:-1]",
    "tf.math.top_k({a}, {last})[0]",
    "tf.boolean_mask({a}, [True] * {n})",
    "tf.stack(tf.unstack({a})[::-1])",
)
MATRIX: Templates = (
    "tf.transpose(tf.transpose({a}))",
    "{a} @ {square} * 0.3",
    "tf.matmul({a}, {square}) * 0.3",
    "tf.einsum('ij,jk->ik', {a}, {square}) * 0.3",
    "tf.linalg.matvec({square}, {row}) + {a}",
    "{a} + {row}",
    "{a} * {row}",
    "tf.matmul({a}, {square}, transpose_b=True) * 0.3",
    "tf.transpose({turned})",
    "{a}[:, ::-1]",
    "tf.linalg.l2_normalize({a} + 0.21, axis=1)",
    "tf.reduce_sum({a}, 1, keepdims=True) * {a} * 0.2",
    "tf.tensordot({a}, {square}, 1) * 0.3",
    "tf.nn.bias_add({a}, {row})",
    "tf.linalg.band_part({a}, 0, 1)",
)
SCALAR: Templates = (
    "tf.reduce_sum(tf.boolean_mask({any}, {any} > 0.2171)) * 0.3",
    "tf.reduce_sum(tf.gather(tf.reshape({any}, [-1]), tf.where([True, False, True])[:, 0]))",
    "tf.cast(tf.size(tf.where({any} > 0.1317)), tf.{dtype}) * {a}",
    "tf.reduce_max(tf.unique(tf.reshape(tf.stop_gradient({any}), [-1]))[0])",
    "tf.reduce_sum({any}) * 0.3",
    "tf.reduce_mean({any})",
    "tf.reduce_max({any} * 1.001)",
    "tf.norm({any} + 0.37)",
    "tf.reduce_logsumexp({any})",
    "tf.reduce_prod({any} * 0.9)",
    "tf.math.reduce_std({any} + [0.1, 0.2, 0.4])",
    "tf.add_n([tf.reduce_sum({any}), {a}]) * 0.3",
    "tf.linalg.global_norm([{any} + 0.4])",
    "tf.reshape({any}, [-1])[0]",
    "tf.nn.l2_loss({any})",
)
INTEGER: Templates = (
    "{a} + {b}",
    "{a} - {b}",
    "({a} * {b}) % 97",
    "{a} // 3",
    "{a} % 7",
    "tf.maximum({a}, {b})",
    "tf.bitwise.bitwise_xor({a}, {b})",
    "tf.where({a} > 2, {a}, {b})",
    "-{a}",
    "abs({a})",
    "tf.cast(tf.clip_by_value({float}, -50., 50.) * 1.37 + 0.213, tf.{dtype})",
    "{a} + 1",
    "tf.cast({bool}, tf.{dtype})",
    "tf.zeros_like({a})",
    "tf.clip_by_value({a}, -5, 5)",
)
BOOLEAN: Templates = (
    "{float} > 0.3171",
    "{float} <= -0.2713",
    "{int} == {int2}",
    "{int} != 2",
    "{int} >= {int2}",
    "tf.logical_and({a}, {b})",
    "tf.logical_or({a}, {b})",
    "tf.logical_not({a})",
    "~{a}",
    "{a} & {b}",
    "{a} ^ {b}",
    "tf.math.is_finite({float})",
    "tf.equal({a}, {b})",
)

# TensorFlow's NumPy, for any shape, for one dimension or more, and for two.
NUMPY: Templates = (
    "tf.experimental.numpy.sin({a})",
    "tf.cast(tf.experimental.numpy.add({a}, 0.5), tf.{dtype})",
    "tf.experimental.numpy.multiply({a}, {b})",
    "tf.experimental.numpy.maximum({a}, {b} + tf.cast(0.0171, tf.{dtype}))",
    "tf.experimental.numpy.where({a} > 0.3171, {a}, {b})",
    "tf.experimental.numpy.stack([{a}, {b}])[1]",
    "tf.experimental.numpy.sum(tf.experimental.numpy.stack([{a}, {b}]), axis=0)",
    "tf.cast(tf.experimental.numpy.mean({any}), tf.{dtype}) + {a}",
    "tf.experimental.numpy.reshape(tf.experimental.numpy.ravel({a}), {shape})",
    "tf.experimental.numpy.negative({a})",
)
NUMPY_RANKED: Templates = (
    "tf.experimental.numpy.cumsum({a}, 0)",
    "tf.experimental.numpy.flip({a}, 0)",
    "tf.experimental.numpy.concatenate([{a}[:1], {b}[1:]], 0)",
    "tf.experimental.numpy.roll({a}, 1, 0)",
    "tf.experimental.numpy.split({a}, {n})[0] + {a}",
    "tf.experimental.numpy.take({a}, {indices}, axis=0)",
    "tf.experimental.numpy.moveaxis(tf.experimental.numpy.expand_dims({a}, 0), 0, -1)[..., 0]",
)
NUMPY_MATRIX: Templates = (
    "tf.experimental.numpy.matmul({a}, {square}) * 0.3",
    "tf.experimental.numpy.dot({a}, {square}) * 0.3",
    "tf.experimental.numpy.transpose({turned})",
    "tf.experimental.numpy.tril({a})",
)

# The functions of `helper` that take a tensor and nothing else. Of those that are followed
# `tf.gradients` sees all that they do; of what is converted first only a tape does.
FOLLOWED_HELPERS: Templates = (
    "curve",
    "by_operators",
    "normalised",
    "repeated",
    "with_its_own",
    "penalised",
)
HELPERS: Templates = (
    "curve",
    "scaled",
    "by_operators",
    "normalised",
    "repeated",
    "with_its_own",
    "penalised",
    "in_a_graph",
    "with_gradient",
)
