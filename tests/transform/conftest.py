"""What tools see of a module without and with the mark."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import tfimp  # noqa: F401 (installs the hook)


@pytest.fixture
def compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Compares what a function says of a module without and with the mark; returns it."""
    file = tmp_path / "looked_at.py"
    monkeypatch.syspath_prepend(tmp_path)

    def compare(source: str, look: Callable[[Callable[[], Any]], Any]) -> Any:
        seen = []
        for comment, loader in (
            ("# not marked", "SourceFileLoader"),
            ("# tfimp: eager", "RewritingFileLoader"),
        ):
            file.write_text(f"{comment}\n{dedent(source).lstrip()}")
            importlib.invalidate_caches()

            def load() -> types.ModuleType:
                sys.modules.pop("looked_at", None)
                return importlib.import_module("looked_at")

            with monkeypatch.context() as context:
                # Python would take the second file, of the same second and size, for the first.
                context.setattr(sys, "dont_write_bytecode", True)
                seen.append(look(load))
            assert type(sys.modules["looked_at"].__loader__).__name__ == loader
        unmarked, marked = seen
        assert marked == unmarked
        return marked

    yield compare
    sys.modules.pop("looked_at", None)
