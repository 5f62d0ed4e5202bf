"""Imperative TensorFlow at the speed of a static graph.

`import tfimp as tf` is TensorFlow's namespace, whose op calls are recorded and compiled once they
repeat, plus `new_step`. Importing tfimp also installs the import hook that rewrites modules
marked with `# tfimp: eager`. TensorFlow itself is imported when it is first needed.

PYTEST_DONT_REWRITE (tfimp is a plugin of pytest that may well be imported before pytest is)
"""

from __future__ import annotations

from tfimp.transform.importer import Handle, install

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

    from tfimp.runtime.counters import Counters

__all__ = ["Handle", "fetch", "install", "new_step", "stats"]

__version__ = "0.1.0"


def fetch(value: Any) -> Any:
    """The values of a nest of tensors and variables, carried out in one run.

    Returns:
        The same nest, with NumPy arrays in the place of tensors, and None in that of ops of
        TensorFlow 1's names. What is neither a tensor nor a variable is returned as it is.
    """
    from tfimp.runtime.step import Step

    return Step().run(value)


def stats() -> Counters:
    """Counters of what the runtime has done so far."""
    from tfimp.runtime.counters import stats as runtime_stats

    return runtime_stats()


def load_ipython_extension(shell: Any) -> None:
    """Rewrite the marked cells of an IPython shell: `%load_ext tfimp`."""
    from tfimp.interactive.ipython import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Leave all cells alone again: `%unload_ext tfimp`."""
    from tfimp.interactive.ipython import unload

    unload(shell)


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'tfimp' has no attribute {name!r}")
    from tfimp.runtime.rewritten import import_module, keep_history

    keep_history()  # of code that is not rewritten nobody knows what it mentions
    value = getattr(import_module("tensorflow"), name)
    globals()[name] = value  # so that the next access is a plain one
    return value


def __dir__() -> list[str]:
    from tfimp.runtime.rewritten import import_module

    return sorted({*globals(), *dir(import_module("tensorflow"))})


install()
