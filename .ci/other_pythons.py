"""Print the Pythons of this machine that tfimp supports, but for the one that runs this.

Each is on a line of its own: the version, and the path of one that can make environments.  It is
looked for on the PATH, beside the Python that runs this, for tools that manage several versions
keep them in folders side by side, and where pyenv keeps them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLASSIFIER = "Programming Language :: Python :: 3."


def supported() -> list[str]:
    """The versions that the project's metadata name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [f"3.{c.removeprefix(CLASSIFIER)}" for c in project["classifiers"] if CLASSIFIER in c]


def candidates(version: str) -> Iterator[str]:
    """What may be a Python of the version."""
    name = f"python{version}"
    on_path = shutil.which(name)
    if on_path is not None:
        yield on_path
    homes = Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)
    pyenvs = [os.environ.get("PYENV_ROOT", ""), *(home / ".pyenv" for home in homes)]
    folders = [Path(sys.base_prefix).resolve().parent, *(Path(p, "versions") for p in pyenvs if p)]
    for folder in folders:
        yield from map(str, sorted(folder.glob(f"*/bin/{name}"), reverse=True))


def serves(python: str, version: str) -> bool:
    """Whether it runs, is of the version and can make environments."""
    code = "import ensurepip, sys, venv; print(*sys.version_info[:2], sep='.')"
    try:
        ended = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return ended.stdout.strip() == version


for version in supported():
    if version != f"{sys.version_info.major}.{sys.version_info.minor}":
        for python in candidates(version):
            if serves(python, version):
                print(version, python)
                break
