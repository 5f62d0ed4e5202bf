"""Runs a program under plain TensorFlow eager and under tfimp and compares what it does.

A program is source text that imports TensorFlow as `tf`. It shows values with `show(...)`, which
is there in its globals, or prints. What is compared: the values shown (floats to a tolerance, all
else exactly, dtypes and shapes included), the text printed, the class of the exception that ends
it and the line of the program on which that was raised.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator
from textwrap import dedent
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

import tfimp
from tfimp.transform.rewriter import compile_source

# Programs are files, so that what looks for their source finds it.
_folder = tempfile.TemporaryDirectory(prefix="tfimp_programs_")
_numbers = itertools.count()


class Outcome(NamedTuple):
    """What one run of a program did."""

    shown: list[Any]
    printed: str
    error: BaseException | None
    line: int | None


def run_eagerly(source: str, **names: Any) -> Outcome:
    """Runs the program under plain Python and TensorFlow."""
    filename = _remember(source)
    code = compile(dedent(source), filename, "exec", dont_inherit=True)
    with _lent_to_tensorflow() if "tf.gradients" in source or "new_step" in source else _NOTHING:
        return _run(code, filename, names)


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def _lent_to_tensorflow() -> Iterator[None]:
    """While it lasts TensorFlow itself has `tf.gradients` and `tf.new_step`, by one large tape.

    Constants and variables can be sources, and whatever is computed from them.
    """
    def watched(own: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            value = own(*args, **kwargs)
            if value.dtype.is_floating or value.dtype.is_complex:
                tape.watch(value)
            return value

        return call

    def gradients(ys: Any, xs: Any, grad_ys: Any = None, name: Any = None,
                  unconnected_gradients: Any = "none") -> list[Any]:
        ys = tf.nest.flatten(ys)
        grad_ys = [None] * len(ys) if grad_ys is None else tf.nest.flatten(grad_ys)
        found = tape.gradient(
            ys, tf.nest.flatten(xs), unconnected_gradients=unconnected_gradients,
            output_gradients=[tf.ones_like(y) if g is None else tf.convert_to_tensor(g)
                              for y, g in zip(ys, grad_ys, strict=True)],
        )
        return [None if value is None else tf.convert_to_tensor(value) for value in found]

    class new_step(contextlib.AbstractContextManager[Any]):
        def __exit__(self, *_: object) -> None:
            pass

        def run(self, fetches: Any) -> Any:
            return tf.nest.map_structure(
                lambda v: v.numpy() if hasattr(v, "numpy") else v, fetches)

    lent = {"gradients": gradients, "new_step": new_step}
    lent |= {name: watched(getattr(tf, name)) for name in ("constant", "ones", "zeros", "fill")}
    kept = {name: getattr(tf, name, None) for name in lent}
    tape = tf.GradientTape(persistent=True)
    verbosity = logging.getLogger("tensorflow").level
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of tapes used inside
    try:
        for name, value in lent.items():
            setattr(tf, name, value)
        with tape:
            yield
    finally:
        logging.getLogger("tensorflow").setLevel(verbosity)
        for name, value in kept.items():
            if value is None:
                delattr(tf, name)
            else:
                setattr(tf, name, value)


class Marked:
    """The program as tfimp runs it; every call is one run of it from its first line."""

    def __init__(self, source: str, **names: Any) -> None:
        self._filename = _remember(source)
        self._code = compile_source(dedent(source), self._filename)
        self._names = names

    def __call__(self) -> Outcome:
        return _run(self._code, self._filename, self._names)


def check(source: str, runs: int = 4, plans: bool = False, rtol: float = 1e-5,
          atol: float = 1e-6, lines: bool = True, **names: Any) -> None:
    """Asserts that every run of the program under tfimp does what eager does.

    Args:
        runs: how many times it is run, so that what repeats is compiled.
        plans: whether plans must have carried out some of it (tier 1).
        rtol, atol: tolerance of floating-point values.
        lines: whether an error must be raised on the same line.
        names: further globals of the program.
    """
    expected = run_eagerly(source, **names)
    if plans and expected.error is not None:
        raise AssertionError(f"eager {_outcome(expected)}") from expected.error
    marked = Marked(source, **names)
    before = tfimp.stats().plans_run
    for number in range(runs):
        seen = marked()
        where = f"in run {number + 1} of {runs}"
        if (seen.error is None) != (expected.error is None):
            raise AssertionError(
                f"{where}: eager {_outcome(expected)}, tfimp {_outcome(seen)}"
            ) from seen.error
        if type(seen.error) is not type(expected.error):
            raise AssertionError(
                f"{where}: eager {_outcome(expected)}, tfimp {_outcome(seen)}"
            ) from seen.error
        if lines:
            assert seen.line == expected.line, f"{where}: raised on another line"
        assert seen.printed == expected.printed, where
        assert len(seen.shown) == len(expected.shown), where
        for index, (a, b) in enumerate(zip(seen.shown, expected.shown, strict=True)):
            _assert_same(a, b, rtol, atol, f"{where}, value {index} shown")
    if plans:
        assert tfimp.stats().plans_run > before, "no plan has run, so tier 1 was not tested"


def _outcome(outcome: Outcome) -> str:
    if outcome.error is None:
        return "raised nothing"
    return f"raised {type(outcome.error).__name__} on line {outcome.line}: {outcome.error}"


def _remember(source: str) -> str:
    path = os.path.join(_folder.name, f"program_{next(_numbers)}.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(dedent(source))
    return path


def _run(code: CodeType, filename: str, names: dict[str, Any]) -> Outcome:
    shown: list[Any] = []

    def show(*values: Any) -> None:
        shown.extend([_plain(value) for value in values])

    module = types.ModuleType("program")
    module.__file__ = filename
    module.__dict__.update(show=show, **names)
    sys.modules["program"] = module  # where AutoGraph looks
    printed = io.StringIO()
    error = None
    line = None
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, module.__dict__)
    except Exception as caught:
        error = caught
        lines = [f.lineno for f in traceback.extract_tb(caught.__traceback__)
                 if f.filename == filename]
        line = lines[-1] if lines else None
    return Outcome(shown, printed.getvalue(), error, line)


def _plain(value: Any) -> Any:
    """A value of a program as plain data: what two runs are compared by."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tf.IndexedSlices):
        value = tf.convert_to_tensor(value)
    if isinstance(value, tf.RaggedTensor):
        return value.to_list()
    if tf.is_tensor(value) or isinstance(value, tf.Variable):
        array = np.array(value.numpy())
        return (value.dtype.name, array.shape, array)
    if isinstance(value, np.ndarray):
        return (value.dtype.name, value.shape, value.copy())
    if isinstance(value, np.generic):
        return (value.dtype.name, (), np.array(value))
    return value


def _assert_same(seen: Any, expected: Any, rtol: float, atol: float, where: str) -> None:
    assert type(seen) is type(expected), f"{where}: {seen!r}, not {expected!r}"
    if isinstance(expected, list) or (isinstance(expected, tuple) and len(expected) == 3):
        assert len(seen) == len(expected), f"{where}: {seen!r}, not {expected!r}"
        for a, b in zip(seen, expected, strict=True):
            _assert_same(a, b, rtol, atol, where)
    elif isinstance(expected, dict):
        assert list(seen) == list(expected), where
        for key in expected:
            _assert_same(seen[key], expected[key], rtol, atol, f"{where}[{key!r}]")
    elif isinstance(expected, np.ndarray) and expected.dtype.kind in "fcV":
        np.testing.assert_allclose(
            np.asarray(seen, np.complex128), np.asarray(expected, np.complex128),
            rtol, atol, err_msg=where,
        )
        if expected.dtype.kind == "f":
            np.testing.assert_array_equal(
                np.signbit(seen[seen == 0]), np.signbit(expected[expected == 0]),
                err_msg=f"{where}: sign of zero",
            ) if (expected == 0).any() and (seen == 0).sum() == (expected == 0).sum() else None
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(seen, expected, err_msg=where)
    elif isinstance(expected, float):
        assert seen == expected or abs(seen - expected) <= atol + rtol * abs(expected) or (
            seen != seen and expected != expected
        ), f"{where}: {seen!r}, not {expected!r}"
    else:
        assert seen == expected, f"{where}: {seen!r}, not {expected!r}"
