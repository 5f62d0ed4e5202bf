"""Tells code of marked modules from all other, where TensorFlow or Keras is called by either."""

from __future__ import annotations

from typing import Any, Final

# What the rewriter may call the runtime in a module: the first of these that its text does not
# contain. (It would go on counting; no text that is not about these names has them all.)
_NAMES: Final = frozenset({"_tfimp_", *(f"_tfimp_{number}" for number in range(1, 10))})


def is_marked(module_globals: dict[str, Any]) -> bool:
    """Whether these are the globals of a marked module."""
    # The first name alone is looked up in a tenth of the time that all of them take.
    return "_tfimp_" in module_globals or not module_globals.keys().isdisjoint(_NAMES)
