"""`Saver`: checkpoints by the names of variables, in TensorFlow's own files."""

from __future__ import annotations

from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.aside import native
from tfimp.runtime.segment import sync
from tfimp.runtime.variable import Variable
from tfimp.runtime.version_1.graph import global_variables

_v1: Final = tf.compat.v1


class Saver:
    """`tf.train.Saver`, with its arguments.

    Args:
        var_list: variables, or a dictionary of them by name; without it, all that there are
            when it saves or restores.
    """

    def __init__(self, var_list: Any = None, *args: Any, **kwargs: Any) -> None:
        self._variables = var_list
        # TensorFlow's saver looks into it whenever it saves or restores.
        self._named: dict[str, Any] = {}
        make: Any = _v1.train.Saver
        self._saver = make(self._named, *args, **kwargs)

    def save(self, sess: Any, save_path: str, global_step: Any = None, *args: Any,
             **kwargs: Any) -> Any:
        """Writes the variables' values; returns the path to pass to `restore`.

        The arguments are those of TensorFlow's; `sess` and what concerns the meta graph are
        without effect.
        """
        self._look_at_variables()
        step = None if global_step is None else int(native(global_step))
        return self._saver.save(None, save_path, step, *args, **kwargs)

    def restore(self, sess: Any, save_path: str) -> None:
        """Sets the variables to what `save` wrote.

        Raises:
            ValueError: if there is no such checkpoint.
            tf.errors.NotFoundError: if it has no value for some variable.
        """
        self._look_at_variables()
        self._saver.restore(None, save_path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'Saver' object has no attribute {name!r}")
        return getattr(self._saver, name)  # what tells of the checkpoints written

    def _look_at_variables(self) -> None:
        sync()
        named = self._named_variables()
        self._named.clear()
        self._named.update(named)

    def _named_variables(self) -> dict[str, Any]:
        variables = self._variables
        if variables is None:
            variables = global_variables()
        if not variables:
            raise ValueError("No variables to save")
        if isinstance(variables, dict):
            return {name: _bare(variable) for name, variable in variables.items()}
        named: dict[str, Any] = {}
        for variable in variables:
            name = unique = variable.name.split(":")[0]
            number = 0
            # Variables of one name are told apart by the order in which they were made.
            while unique in named:
                number += 1
                unique = f"{name}_{number}"
            named[unique] = _bare(variable)
        return named


def _bare(variable: Any) -> Any:
    """The variable as TensorFlow's saver takes it: pending writes carried out."""
    if type(variable) is Variable:
        _ = variable._handle
        return variable.native
    return variable
