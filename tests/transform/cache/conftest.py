"""What the tests of the cache share: a project whose modules are imported again and again."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfimp.transform import rewriter
from tfimp.transform.importer import RewritingFileLoader

ROOT = Path(__file__).parents[3]
SECOND = 10**9
LONG_AGO = 1_600_000_000 * SECOND + 123_456_789  # when the sources were written
MARKED = "# tfimp: eager\nvalue = 1\nif value: value = 2\n"


class Project:
    """A folder on `sys.path`, and what becomes of the modules in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.compiled: list[str] = []  # the files that were rewritten and compiled, not cached

    def write(self, name: str, text: str, time: int = LONG_AGO) -> Path:
        """Writes a source as if that had been some time ago."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(time, time))
        importlib.invalidate_caches()
        return path

    def load(self, name: str = "m") -> ModuleType:
        """Imports a module as a new process would."""
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    def uses_the_cache(self, name: str = "m") -> bool:
        """Whether the module is loaded without being compiled."""
        before = len(self.compiled)
        module = self.load(name)
        assert "_tfimp_" in vars(module) and isinstance(module.__loader__, RewritingFileLoader)
        return len(self.compiled) == before

    def cached(self) -> list[Path]:
        return sorted(self.folder.rglob("*-tfimp-*.pyc"))

    def plain(self) -> list[Path]:
        return sorted(set(self.folder.rglob("__pycache__/*")) - set(self.cached()))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    project = Project(tmp_path)

    def rewrite(source: Any, filename: str, *arguments: Any) -> ast.Module:
        project.compiled.append(filename)
        return rewrite_it(source, filename, *arguments)

    rewrite_it = rewriter.rewrite
    monkeypatch.setattr(rewriter, "rewrite", rewrite)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield project
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


def plain_path(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))
