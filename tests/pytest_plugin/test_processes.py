"""The plugin in processes of its own: under python, under `python -m tfimp`, and in workers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import Run
from .test_rewriting import BY_BOTH, MARKED

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")


@pytest.fixture
def python(pytester: pytest.Pytester, run: Run):
    def run_python(*arguments: str) -> pytest.LineMatcher:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=pytester.path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return pytest.LineMatcher((done.stdout + done.stderr).splitlines())

    return run_python


def test_an_unmarked_suite_loads_no_more_than_the_hook(pytester: pytest.Pytester, python) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            ours = "tf" "imp"
            assert f"{ours}.pytest_plugin" in sys.modules
            for more in ("directives", "rewriter", "other_loaders", "cache"):
                assert f"{ours}.transform.{more}" not in sys.modules
            assert not {f"{ours}.runtime", "tensorflow", "numpy", "gast"} & sys.modules.keys()
        """
    )
    python("-m", "pytest", *QUIET).fnmatch_lines("1 passed*")


def test_under_tfimp(pytester: pytest.Pytester, python) -> None:
    pytester.makepyfile(MARKED)
    output = python("-m", "tfimp", "-m", "pytest", *QUIET)
    output.fnmatch_lines(BY_BOTH)
    # tfimp was imported before pytest, which is nothing to warn of.
    output.no_fnmatch_line("*warning*")


def test_in_workers(pytester: pytest.Pytester, python) -> None:
    pytester.makepyfile(MARKED)
    python("-m", "pytest", "-n1", *QUIET).fnmatch_lines(["bringing up nodes*", BY_BOTH])
