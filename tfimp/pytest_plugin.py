"""A plugin of pytest: marked test files are rewritten by pytest and by tfimp.

pytest loads test files, conftest files and registered helpers by an import hook of its own, which
puts statements that explain a failure in the place of each `assert`.  Where such a file is marked,
this plugin exchanges the loader that pytest's hook has found.  It does so at that hook and not at
a place of `sys.meta_path`, so it makes no difference whose hook was installed first.

pytest comes first and tfimp second.  So the messages speak of the expressions that the user wrote,
and the truth tests that pytest puts in are fetched as the user's own are.

This is the only file that uses what pytest does not document: `PytestPluginManager.rewrite_hook`,
that hook's `config` and `_rewritten_names`, and `_pytest.assertion.rewrite.rewrite_asserts`.  They
were tried with pytest 8.3 to 9.2.
"""

from __future__ import annotations

import ast
import warnings
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType
from typing import Any

from tfimp.transform import importer


def pytest_addhooks(pluginmanager: Any) -> None:
    """Have marked files found.  Called on registration, that is before pytest imports any."""
    hook = pluginmanager.rewrite_hook
    # With `--assert=plain` there is no such hook, and test files are loaded as other modules are.
    if hasattr(hook, "find_spec") and not importer.is_disabled():
        _warn_of_loaded_files(hook)
        _find_marked_files(hook)


def _warn_of_loaded_files(hook: Any) -> None:
    """Warn of marked plugins that were named by `-p`, which pytest imports before any other."""
    for name, file in getattr(hook, "_rewritten_names", {}).items():
        if importer.is_wanted(name, Path(file).read_bytes(), str(file)):
            warnings.warn_explicit(
                f"{name} is marked but pytest has loaded it before tfimp's plugin, so it runs "
                f"unchanged; put `-p tfimp` before `-p {name}`",
                RuntimeWarning,
                str(file),
                1,
            )


def _find_marked_files(hook: Any) -> None:
    find_spec, config = hook.find_spec, hook.config

    def find_spec_of_marked_too(name: str, path: Any = None, target: Any = None) -> Any:
        spec: ModuleSpec | None = find_spec(name, path, target)
        if spec is None or spec.loader is not hook or spec.origin is None:
            return spec
        file = Path(spec.origin)
        if importer.is_wanted(name, file.read_bytes(), spec.origin):
            spec.loader = MarkedTestFileLoader(name, spec.origin, config)
            # Else pytest warns that the module was not rewritten, if it is registered again.
            getattr(hook, "_rewritten_names", {})[name] = file
        return spec

    hook.find_spec = find_spec_of_marked_too


class MarkedTestFileLoader(importer.RewritingFileLoader):
    """Loads a module from what first pytest and then tfimp have made of its source."""

    def __init__(self, fullname: str, path: str, config: Any) -> None:
        super().__init__(fullname, path)
        self._config = config

    def _kind(self) -> str:
        import pytest

        from tfimp.transform.cache import stamp

        # What pytest makes of an assertion depends on this option; its own cache does not know.
        told = "-told" if self._config.getini("enable_assertion_pass_hook") else ""
        return f"-pytest-{pytest.__version__.replace('.', '_')}-{stamp(__file__)}{told}"

    def _compile(self, data: bytes | str, path: str, optimize: int = -1) -> tuple[CodeType, bool]:
        from tfimp.transform import directives
        from tfimp.transform.rewriter import compile_or_leave, rewrite_tree

        silent = directives.check(data, path)
        tree: ast.Module = ast.parse(data, path)
        explained = self._explain_assertions(tree, data, path)
        tree = rewrite_tree(tree, data, path, self.name)
        code, rewritten = compile_or_leave(tree, data, path, optimize=optimize)
        return code, silent and explained and rewritten

    def _explain_assertions(self, tree: ast.Module, source: bytes | str, path: str) -> bool:
        """Have pytest rewrite the assertions in the tree.  Tells whether it can."""
        try:
            from _pytest.assertion.rewrite import rewrite_asserts
        except ImportError:
            warnings.warn_explicit(
                "tfimp does not know how this version of pytest explains failed assertions; "
                "those of marked files stay unexplained",
                RuntimeWarning,
                path,
                1,
            )
            return False
        rewrite_asserts(tree, source, path, self._config)  # type: ignore[arg-type]
        return True
