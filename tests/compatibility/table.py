"""Writes `docs/compatibility.md`: what tfimp does with each name of TensorFlow.

    python -m tests.compatibility.table

The page is computed from the namespace of marked modules and from the tables of the runtime.
"""

from __future__ import annotations

import textwrap
import types
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from unittest import mock

import tensorflow as tf

import tfimp
from tfimp.runtime import effects, operators
from tfimp.runtime.namespace import _OWN, Namespace, namespace
from tfimp.runtime.version_1.names import NAMES

PAGE: Final = Path(__file__).parents[2] / "docs" / "compatibility.md"

# Parts of TensorFlow that are no API, or that have pages of their own below.
_LEFT_OUT: Final = frozenset({"compat", "core", "dtensor", "python", "security", "tools"})

RECORDED: Final = "recorded"
AT_ONCE: Final = "at once"
DRAWS: Final = "draws"
OWN: Final = "tfimp's"
TENSORFLOW: Final = "TensorFlow's"
KINDS: Final = (RECORDED, AT_ONCE, DRAWS, OWN, TENSORFLOW)

_Functions = dict[str, dict[str, list[str]]]


def functions() -> _Functions:
    """The names of TensorFlow 2's functions, by namespace and kind."""
    found = list(_walk(namespace, tf, ""))
    at_once: set[Any] = set()
    draws: set[Any] = set()
    # What tests have found out since must not show.
    with mock.patch.multiple(effects, at_once=at_once, draws=draws):
        for path, name, real, _ in found:
            effects.note_effects(path + name, real)
    kinds: _Functions = defaultdict(lambda: {kind: [] for kind in KINDS})
    for path, name, real, seen in found:
        if path + name in _OWN:
            kind = OWN
        elif seen is real:
            kind = TENSORFLOW
        else:
            kind = DRAWS if real in draws else AT_ONCE if real in at_once else RECORDED
        kinds[path or ""][kind].append(name)
    return kinds


def _walk(ours: Any, real: Any, path: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Path, name, TensorFlow's and the namespace's value of each function."""
    for name in sorted(dir(real)):
        if name.startswith("_") or (not path and name in _LEFT_OUT):
            continue
        value, seen = getattr(real, name, None), getattr(ours, name, None)
        if isinstance(seen, Namespace):
            yield from _walk(seen, value, f"{path}{name}.")
        elif isinstance(value, types.FunctionType | types.BuiltinFunctionType):
            yield path, name, value, seen


def refused() -> dict[str, str]:
    """What is refused, with the reason that the error gives."""
    reasons = {
        f"tf.{name}": value.__doc__.partition("` ")[2]
        for name, value in NAMES.items()
        if (getattr(value, "__doc__", None) or "").startswith("Refused: ")
    }
    session = NAMES["Session"]()
    for what, call in {
        "tf.placeholder": lambda: NAMES["placeholder"](tf.float32),
        "feed_dict": lambda: session.run([], {"x": 1}),
    }.items():
        try:
            call()
        except RuntimeError as error:
            reasons[what] = str(error).removeprefix(what).strip()
    session.close()
    return reasons


def page() -> str:
    """The text of the page."""
    kinds = functions()
    of_tensors = sorted({*operators._BINARY, *operators._COMPARISONS, *operators._UNARY})
    parts = [_HEAD.format(version=tf.__version__), _table(kinds), _CLASSES,
             _filled(f"{_OPERATORS} {_names(of_tensors)}.")]
    for kind, text in _LISTS.items():
        parts.append(text)
        parts += [
            _filled(f"- `{_namespace(path)}`: {_names(of_kind[kind])}")
            for path, of_kind in kinds.items() if of_kind[kind] and _is_listed(path, kind, of_kind)
        ]
    parts.append(_REFUSED)
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in sorted(refused().items()):
        by_reason[reason].append(name)
    parts += [_filled(f"- {_names(names)} {reason}") for reason, names in by_reason.items()]
    parts.append(_VERSION_1 + _filled(_names(sorted(NAMES.keys() - {
        name.removeprefix("tf.") for name in refused()}))))
    return "\n".join(parts) + "\n"


def _is_listed(path: str, kind: str, of_kind: dict[str, list[str]]) -> bool:
    if path == "raw_ops.":
        return False
    # Of the namespaces none of whose functions is an op call the table tells enough.
    return kind != TENSORFLOW or any(of_kind[other] for other in (RECORDED, AT_ONCE, DRAWS))


def _table(kinds: _Functions) -> str:
    lines = ["| namespace | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    for path, of_kind in sorted(kinds.items()):
        counts = " | ".join(str(len(of_kind[kind]) or "") for kind in KINDS)
        lines.append(f"| `{_namespace(path)}` | {counts} |")
    totals = [sum(len(of_kind[k]) for of_kind in kinds.values()) for k in KINDS]
    lines.append("| all | " + " | ".join(map(str, totals)) + " |")
    return "\n".join(lines)


def _namespace(path: str) -> str:
    return f"tf.{path}".removesuffix(".")


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _filled(text: str) -> str:
    return textwrap.fill(text, 100, subsequent_indent="  ", break_on_hyphens=False)


_HEAD: Final = """\
# What marked modules do with TensorFlow's names

Made by `python -m tests.compatibility.table` from the code, for TensorFlow {version}.

A function of TensorFlow is one of five kinds:

- **recorded**: a call is an op call, which becomes part of a plan when it repeats. These are the
  functions that TensorFlow declares dispatchable and a few more. Calls that unmarked code makes
  with a tensor of tfimp are recorded, too. A call whose arguments have no key (functions, ragged
  and sparse tensors, handles …) runs at once.
- **at once**: a call runs when it is made, after what is pending, since it has an effect, calls a
  function of yours, or takes ragged or sparse tensors. Gradients flow through it.
- **draws**: a call draws random numbers, at once, from the sequence that eager mode draws from.
- **tfimp's**: it has a meaning of its own here.
- **TensorFlow's**: it is handed out as it is, and gets the values of tensors; a `GradientTape` sees
  what it does.
"""
_CLASSES: Final = """
Classes are TensorFlow's but for `tf.Tensor`, `tf.Variable`, `tf.GradientTape`,
`tf.autodiff.ForwardAccumulator` and the optimizers of TensorFlow 1. A variable's `assign`,
`assign_add`, `assign_sub`, `read_value` and `value` are recorded; its sparse and scattered updates
and its other methods run at once. Calls of Keras's built layers and losses and steps of its
optimizers are recorded as one op call each, where [the architecture](architecture.md) says so.
"""
_OPERATORS: Final = "The operators of tensors and variables are recorded: indexing,"
_LISTS: Final = {
    AT_ONCE: "\n## At once\nOf `tf.raw_ops` those that TensorFlow calls stateful.\n",
    DRAWS: "\n## Draws\n",
    OWN: "\n## tfimp's\nBesides, `tf.new_step` and the names of TensorFlow 1 below.\n",
    TENSORFLOW: "\n## TensorFlow's, in namespaces that hold op calls too\n",
}
_REFUSED: Final = "\n## Refused, with an error that says what to do instead\n"
_VERSION_1: Final = (
    "\n## TensorFlow 1\nNames of `tensorflow.compat.v1` with a meaning of their own here; its "
    "other functions are of the kinds above.\n\n"
)


if __name__ == "__main__":
    assert tfimp.new_step
    PAGE.write_text(page(), encoding="utf-8")
