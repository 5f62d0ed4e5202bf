"""Runs of pytest within a test, with the plugin that pyproject.toml names."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Here, and not within such a run, which forgets what it has imported.
import tfimp.transform.rewriter

ROOT = Path(tfimp.transform.rewriter.__file__).parents[2]

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> Run:
    """Runs pytest in this process, with the plugin found as in an installed tfimp."""
    installed = pytester.mkdir("installed") / "tfimp-0.dist-info"
    installed.mkdir()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugins = [f"{name} = {value}" for name, value in project["entry-points"]["pytest11"].items()]
    (installed / "entry_points.txt").write_text("\n".join(["[pytest11]", *plugins]))
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: tfimp\nVersion: 0\n")
    # Of a package that holds a plugin, pytest rewrites all modules that are listed and are there.
    (installed / "RECORD").write_text("tfimp/__init__.py,,\n")
    pytester.mkdir("installed/tfimp").joinpath("__init__.py").touch()
    pytester.syspathinsert(installed.parent)
    path = os.pathsep.join([str(ROOT), str(installed.parent)])
    monkeypatch.setenv("PYTHONPATH", path)  # for the processes that a run starts
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    monkeypatch.setattr("sys.dont_write_bytecode", False)  # it would keep pytest's cache empty
    # The hook of the pytest that runs this test would rewrite what the inner one leaves alone.
    outer: Any = pytestconfig.pluginmanager.rewrite_hook
    monkeypatch.setattr(
        sys, "meta_path", [finder for finder in sys.meta_path if finder is not outer]
    )

    without = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]  # they take time

    def run_pytest(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*without, *arguments)

    return run_pytest


@pytest.fixture
def reports(pytester: pytest.Pytester, run: Run) -> Callable[..., tuple[str, str]]:
    """What pytest says of a file without and with the mark, line by line the same file."""

    def both(source: str, *arguments: str, name: str = "test_it.py") -> tuple[str, str]:
        def report(comment: str) -> str:
            (pytester.path / name).write_text(f"# {comment}\n{source}")
            result = run(*arguments)
            text = result.stdout.str() + result.stderr.str()
            text = text.replace("# tfimp: eager", "# not marked")
            return re.sub(r"in \d+\.\d+s|0x[0-9a-f]+", "...", text)

        return report("not marked"), report("tfimp: eager")

    return both
