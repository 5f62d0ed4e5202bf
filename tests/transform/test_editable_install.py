"""A package that setuptools has installed in place: its own import hook finds the files."""

from __future__ import annotations

import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tfimp  # noqa: F401 (installs the hook)

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "in-place"
version = "1"

[tool.setuptools]
packages = ["in_place", "in_place.sub"]
package-dir = {in_place = "elsewhere"}
"""
BUILD = "import setuptools.build_meta as b, os; os.mkdir('made'); b.build_editable('made')"


def test_the_modules_of_an_editable_install_are_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, source in {
        "elsewhere/__init__.py": "# tfimp: eager\nvalue = 1\nif value: value = 2\n",
        "elsewhere/plain.py": "value = 1\nif value: value = 2\n",
        "elsewhere/sub/__init__.py": "",
        "elsewhere/sub/deep.py": "# tfimp: eager\nvalue = 1\nif value: value = 2\n",
        "pyproject.toml": PROJECT,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    subprocess.run([sys.executable, "-c", BUILD], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "made").glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "path_hooks", [*sys.path_hooks])
    (link,) = site.glob("__editable__*.pth")
    exec(link.read_text())  # as the start of Python does
    for name, marked in {
        "in_place": True,
        "in_place.plain": False,
        "in_place.sub.deep": True,
    }.items():
        module = importlib.import_module(name)
        assert module.value == 2 and ("_tfimp_" in vars(module)) == marked
        assert str(module.__file__).startswith(str(tmp_path / "elsewhere"))
    for name in [name for name in sys.modules if name.startswith("in_place")]:
        del sys.modules[name]
