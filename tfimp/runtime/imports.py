"""What rewritten imports of TensorFlow bind, and the start of the runtime."""

from __future__ import annotations

import importlib
import operator
import sys
from typing import Any

from tfimp.runtime import attempts, loops, recursion, rewritten
from tfimp.runtime.dispatch import register_dispatch
from tfimp.runtime.entrances import open_entrances
from tfimp.runtime.function import record_concrete_functions, watch_functions
from tfimp.runtime.keras_calls import record_keras_calls
from tfimp.runtime.namespace import V1, Namespace, namespace, namespace_v1
from tfimp.runtime.numpy_methods import install_numpy_methods
from tfimp.runtime.operators import install_operators
from tfimp.runtime.tensor import fetch, fetch_all, tensorflows_type
from tfimp.runtime.tensorflow_internals import rewrite_field_types
from tfimp.runtime.unmarked_tapes import watch_unmarked_tapes
from tfimp.runtime.version_1.session import install_session_methods


def activate() -> None:
    """Puts the runtime behind the names that rewritten code calls."""
    install_operators()
    install_numpy_methods()
    install_session_methods()
    register_dispatch()
    open_entrances()
    record_concrete_functions()
    watch_functions()
    rewrite_field_types(tensorflows_type)
    watch_unmarked_tapes()
    rewritten.fetch = fetch
    rewritten.fetch_all = fetch_all
    rewritten.enter_loop = loops.enter_loop
    rewritten.iterate = loops.iterate
    attempts.activate()
    recursion.activate()


def import_module(name: str, top: bool = False) -> Any:
    """What `import name as x` binds, or with `top` what `import name` binds."""
    found = _resolve(name)
    if not top:
        return found
    return namespace if name.startswith("tensorflow") else sys.modules[name.partition(".")[0]]


def _resolve(name: str) -> Any:
    library, _, path = name.partition(".")
    if library == "keras":
        found = importlib.import_module(name)
        record_keras_calls()
        return found
    if not path:
        return namespace
    if path == V1:
        return namespace_v1
    if path.startswith(V1 + "."):
        return operator.attrgetter(path.removeprefix(V1 + "."))(namespace_v1)
    try:
        return operator.attrgetter(path)(namespace)
    except AttributeError:
        return importlib.import_module(name)  # raises as Python would, or finds what has no name


def import_name(module: str, name: str) -> Any:
    """What `from module import name` binds.

    Raises:
        ImportError: where there is no such name, in Python's words.
    """
    found = _resolve(module)
    try:
        return getattr(found, name)
    except AttributeError:
        pass
    try:
        return importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        file = getattr(found, "__file__", None)
        where = f" ({file})" if file else " (unknown location)"
        raise ImportError(
            f"cannot import name {name!r} from {module!r}{where}", name=module, path=file
        ) from None


def import_star(module: str, module_globals: dict[str, Any]) -> None:
    """Binds in `module_globals` what `from module import *` binds."""
    found = _resolve(module)
    names = getattr(found, "__all__", None)
    if names is None:
        names = [name for name in dir(found) if not name.startswith("_")]
    for name in names:
        try:
            module_globals[name] = getattr(found, name)
        except AttributeError:
            if not isinstance(found, Namespace):
                raise


activate()
