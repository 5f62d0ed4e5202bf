"""The op calls that stand for a call of a Keras object and for a step of an optimizer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras
import tensorflow as tf

from tfimp.runtime.aside import aside
from tfimp.runtime.keras_calls.purity import parts_of
from tfimp.runtime.keras_calls.surroundings import undisturbed
from tfimp.runtime.own_calls import VariablesUpdate
from tfimp.runtime.tensor import Tensor
from tfimp.runtime.tensorflow_internals import captured_as, graph_stack


class MustRunByItself(Exception):
    """A call whose result is more than tensors."""


# Answers with the Keras object. Mostly a weak reference: the trace tree holds the op call longer
# than the program may hold the object, which a segment and its history hold by `own`.
Owner = Callable[[], Any]


def _present(op_call: Any) -> Any:
    owner = op_call._owner()
    if owner is None:
        raise RuntimeError(f"The {op_call.__name__} of which this is a call is gone.")
    return owner


class KerasCall:
    """The op call of one method of a Keras object in one state of its attributes.

    It takes the values of the variables, the arguments and what hangs on these. It returns the
    result, what hangs on that, the new values of the variables (None for those that the call did
    not set) and the losses that layers have added, by the number of the layer.
    """

    def __init__(self, owner: Owner, method: Callable[..., Any]) -> None:
        self._owner = owner
        self._method = method
        self.__name__ = type(owner()).__name__
        self.work = 3 * len(parts_of(owner()))

    def __call__(
        self, values: list[Any], args: list[Any], kwargs: dict[str, Any],
        hanging: dict[str, list[Any]],
    ) -> list[Any]:
        owner = _present(self)
        values = [tf.convert_to_tensor(value) for value in values]
        variables = variables_of(owner)
        if len(variables) != len(values):
            raise MustRunByItself
        scope = _Scope(variables, values)
        # Functions of the namespace that a layer holds (an activation) must not record.
        with aside(Tensor._fetch), undisturbed(), scope:
            result = self._method(owner, *hung_on(args, hanging), **kwargs)
            if len(variables_of(owner)) != len(values) or scope.met_others:
                raise MustRunByItself
            now = [scope.get_current_value(variable) for variable in variables]
        updates = [None if new is old else new for new, old in zip(now, values, strict=True)]
        if result is not None:
            _check_tensors(result)
        return [result, hanging_on(result), updates, _losses_by_part(owner, scope.losses)]


class _Scope(keras.StatelessScope):  # type: ignore[misc]
    """Has variables stand for values.

    Attributes:
        met_others: whether a variable was read or set that is none of these. Some belong to a
            layer that does not list them: the states of a stateful RNN.
    """

    def __init__(self, variables: list[Any], values: list[Any]) -> None:
        super().__init__(collect_losses=True)
        self.met_others = False
        self.state_mapping.update(
            (id(variable), value) for variable, value in zip(variables, values, strict=True)
        )

    def get_current_value(self, variable: Any) -> Any:
        """The value of a variable; None if it has none here."""
        value = super().get_current_value(variable)
        if value is None:
            self.met_others = True
        return value

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Sets the value of a variable."""
        if id(update[0]) not in self.state_mapping:
            self.met_others = True
        super().add_update(update)


def variables_of(owner: Any) -> list[Any]:
    """The Keras variables of a layer or metric; none of a loss."""
    return list(getattr(owner, "variables", ()))


# What Keras hangs on tensors: masks, and the logits that a probability was computed from.
_HANGING: Final = ("_keras_mask", "_keras_logits")
# In a graph Keras looks for the logits itself, which it cannot in eager mode.
_PROBABILITIES: Final = frozenset({"Softmax", "Sigmoid"})


def hanging_on(value: Any) -> dict[str, list[Any]]:
    """What Keras has hung on the tensors of a nest, by attribute, None where there is nothing."""
    flat = _flat(value)
    if all(map(_is_bare, flat)):
        return {}
    found = {}
    for name in _HANGING:
        hanging = [getattr(item, name, None) for item in flat]
        if any(item is not None for item in hanging):
            found[name] = hanging
    return found


def _is_bare(item: Any) -> bool:
    return type(item) is Tensor and not vars(item) and (
        item._value is None or not vars(item._value)
    )


_NESTS: Final = frozenset({list, tuple, dict})


def _flat(value: Any) -> list[Any]:
    cls = type(value)
    if cls not in _NESTS:
        return [value]
    if cls is list and not any(type(item) in _NESTS for item in value):
        return list(value)
    return list(tf.nest.flatten(value))


def hung_on(args: list[Any], hanging: dict[str, list[Any]]) -> list[Any]:
    """The arguments with what hangs on them, on tensors that nobody else holds."""
    flat = _flat(args)
    places = {place for each in hanging.values() for place, item in enumerate(each)
              if item is not None}
    if graph_stack.stack:
        places |= {place for place, item in enumerate(flat)
                   if isinstance(item, tf.Tensor) and item.op.type in _PROBABILITIES}
    if not places:
        return args
    for place in places:
        flat[place] = tf.identity(flat[place])
        for name, each in hanging.items():
            setattr(flat[place], name, each[place])
    packed: list[Any] = tf.nest.pack_sequence_as(args, flat)
    return packed


def _check_tensors(result: Any) -> None:
    if not all(isinstance(item, tf.Tensor) for item in tf.nest.flatten(result)):
        raise MustRunByItself


def _losses_by_part(owner: Any, losses: list[Any]) -> dict[str, list[Any]]:
    if not losses:
        return {}
    by_part = {}
    for number, part in enumerate(parts_of(owner)):
        own = [loss for loss in losses if id(loss) in part._loss_ids]
        part._loss_ids.clear()
        if own:
            by_part[str(number)] = own
    return by_part


class OptimizerStep(VariablesUpdate):
    """The op call of an optimizer that applies gradients, None where there is none.

    Its further arguments are the numbers of the variables that they are for, among those that it
    trains, as a text, or None for all of them in turn; and the learning rate, where that is
    computed by Python of the user's.
    """

    def __init__(self, optimizer: Owner, method: Callable[..., Any]) -> None:
        self._owner = optimizer
        self._method = method
        self.__name__ = type(optimizer()).__name__
        self.work = 10 + 4 * len(optimizer().variables)

    def __call__(
        self, variables: list[Any], gradients: list[Any], numbers: str | None, rate: Any
    ) -> None:
        optimizer: Any = _present(self)
        trained = optimizer._trainable_variables
        if numbers is not None:
            trained = [trained[int(number)] for number in numbers.split()]
        with aside(Tensor._fetch), _captured(optimizer, variables), _learning_at(optimizer, rate):
            self._method(optimizer, gradients, list(trained))


def step_variables(optimizer: Any) -> list[Any]:
    """The optimizer's own variables, then those that it trains, as `tf.Variable`s."""
    variables = [*optimizer.variables, *optimizer._trainable_variables]
    return [v if isinstance(v, tf.Variable) else getattr(v, "_value", None) for v in variables]


@contextlib.contextmanager
def _captured(optimizer: Any, variables: list[Any]) -> Iterator[None]:
    """In a graph, has the optimizer's variables be those that the op call was given."""
    if not graph_stack.stack:
        yield
        return
    handles = [variable._bare_handle for variable in step_variables(optimizer)]
    with captured_as(handles, [variable.handle for variable in variables]):
        yield


@contextlib.contextmanager
def _learning_at(optimizer: Any, rate: Any) -> Iterator[None]:
    if rate is None:
        yield
        return
    attributes = vars(getattr(optimizer, "inner_optimizer", optimizer))
    attributes["_get_current_learning_rate"] = lambda: rate
    try:
        yield
    finally:
        del attributes["_get_current_learning_rate"]
