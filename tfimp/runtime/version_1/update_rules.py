"""What the common optimizers do to a variable, as op calls that are recorded.

TensorFlow's kernels would run one by one, at once; these are the same sums, and compile into one
plan with the loss and its gradients. The hyperparameters are read from where TensorFlow's
optimizers keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import tensorflow as tf

from tfimp.runtime.recording import call_op
from tfimp.runtime.tensor import Tensor, leaf
from tfimp.runtime.variable import Variable


class UpdateRule(NamedTuple):
    """How an optimizer changes a variable.

    Attributes:
        slots: the names of the slots that an optimizer of the kind keeps for a variable.
        update: changes a variable by its gradient; takes the optimizer, what the variables of a
            step share (a dictionary to fill), the gradient, the variable and its slots.
        common: finds the variables that the optimizer keeps for all; they are shared as "common".
        finish: what is done once, after all variables; takes the optimizer and the common ones.
    """

    slots: Callable[[Any], tuple[str, ...]]
    update: Callable[..., None]
    common: Callable[[Any], Any] = lambda optimizer: ()
    finish: Callable[[Any, Any], None] = lambda optimizer, common: None


def _number(value: Any, variable: Variable) -> Any:
    """A hyperparameter, as it is to be multiplied with values of the variable's dtype.

    Rounded to it first, as for TensorFlow's kernels: 1 - 0.999 is another number then.
    """
    if callable(value):
        value = value()
    if isinstance(value, (int, float)):
        return float(variable.dtype.as_numpy_dtype(value))
    if isinstance(value, (Tensor, Variable)):
        return value if value.dtype == variable.dtype else call_op(tf.cast, value, variable.dtype)
    return leaf(tf.cast(value, variable.dtype))


def _descend(optimizer: Any, shared: Any, gradient: Any, variable: Variable) -> None:
    variable.assign_sub(gradient * _number(optimizer._learning_rate, variable))


def _descend_with_momentum(
    optimizer: Any, shared: Any, gradient: Any, variable: Variable, velocity: Variable
) -> None:
    rate = _number(optimizer._learning_rate, variable)
    momentum = _number(optimizer._momentum, variable)
    moved = velocity * momentum + gradient
    velocity.assign(moved)
    if optimizer._use_nesterov:
        variable.assign_sub(gradient * rate + moved * momentum * rate)
    else:
        variable.assign_sub(moved * rate)


def _adam(
    optimizer: Any, shared: dict[Any, Any], gradient: Any, variable: Variable, mean: Variable,
    square: Variable,
) -> None:
    beta1, beta2 = (_number(beta, variable) for beta in (optimizer._beta1, optimizer._beta2))
    rate = shared.get(variable.dtype)
    if rate is None:
        power1, power2 = (_number(power, variable) for power in shared["common"])
        rate = _number(optimizer._lr, variable) * call_op(tf.sqrt, 1.0 - power2) / (1.0 - power1)
        shared[variable.dtype] = rate
    new_mean = mean + (gradient - mean) * (1.0 - beta1)
    new_square = square + (gradient * gradient - square) * (1.0 - beta2)
    mean.assign(new_mean)
    square.assign(new_square)
    epsilon = _number(optimizer._epsilon, variable)
    variable.assign_sub(new_mean * rate / (call_op(tf.sqrt, new_square) + epsilon))


def _finish_adam(optimizer: Any, powers: Any) -> None:
    for power, beta in zip(powers, (optimizer._beta1, optimizer._beta2), strict=True):
        power.assign(power * _number(beta, power))


def _rmsprop(
    optimizer: Any, shared: Any, gradient: Any, variable: Variable, square: Variable,
    velocity: Variable, mean: Variable | None = None,
) -> None:
    kept = _number(optimizer._decay, variable)
    new_square = square + (gradient * gradient - square) * (1.0 - kept)
    square.assign(new_square)
    spread = new_square
    if mean is not None:
        new_mean = mean + (gradient - mean) * (1.0 - kept)
        mean.assign(new_mean)
        spread = new_square - new_mean * new_mean
    root = call_op(tf.sqrt, spread + _number(optimizer._epsilon, variable))
    moved = (velocity * _number(optimizer._momentum, variable)
             + gradient * _number(optimizer._learning_rate, variable) / root)
    velocity.assign(moved)
    variable.assign_sub(moved)


def _adagrad(
    optimizer: Any, shared: Any, gradient: Any, variable: Variable, squares: Variable
) -> None:
    total = squares + gradient * gradient
    squares.assign(total)
    variable.assign_sub(
        gradient * _number(optimizer._learning_rate, variable) * call_op(tf.math.rsqrt, total))


UPDATE_RULES: Final[dict[str, UpdateRule]] = {
    "GradientDescentOptimizer": UpdateRule(lambda optimizer: (), _descend),
    "MomentumOptimizer": UpdateRule(lambda optimizer: ("momentum",), _descend_with_momentum),
    "AdamOptimizer": UpdateRule(
        lambda optimizer: ("m", "v"), _adam,
        lambda optimizer: optimizer._get_beta_accumulators(), _finish_adam),
    "RMSPropOptimizer": UpdateRule(
        lambda optimizer: ("rms", "momentum", "mg") if optimizer._centered else ("rms", "momentum"),
        _rmsprop),
    "AdagradOptimizer": UpdateRule(lambda optimizer: ("accumulator",), _adagrad),
}
