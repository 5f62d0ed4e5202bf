"""What the tests of the runner share."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.runner.probe import MARKED_PROBE, PROBE


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the probe in every form that can be run."""
    path = tmp_path_factory.mktemp("programs")
    for kind, probe in (("plain", PROBE), ("marked", MARKED_PROBE)):
        folder = path / kind
        (folder / "package").mkdir(parents=True)
        (folder / "folder").mkdir()
        (folder / "links").mkdir()
        (folder / "probe.py").write_text(probe)
        (folder / "package/__init__.py").write_text("")
        (folder / "package/__main__.py").write_text(probe)
        (folder / "package/module.py").write_text(probe)
        (folder / "folder/__main__.py").write_text(probe)
        (folder / "links/link.py").symlink_to("../probe.py")
        (folder / "links/folder").symlink_to("../folder")
        with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
            archive.writestr("__main__.py", probe)
    return path
