"""Every workload computes the same in every mode.  Times are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import workloads

ROOT = Path(__file__).parents[2]
TENSORFLOW_MODES = ["tfimp", "eager", "function", "session", "callable"]


@pytest.mark.parametrize("name", [name for name in workloads.NAMES if name != "growth"])
def test_modes_agree(name, tmp_path):
    path = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", name]
    ended = subprocess.run(
        [*command, "--modes", *TENSORFLOW_MODES, "--json", str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    record = json.loads(path.read_text())
    assert record["failures"] == []
    found = record["workloads"][name]
    assert found["equal"]
    modes = [mode for mode in TENSORFLOW_MODES if mode in workloads.find(name).modes]
    assert set(found["lanes"]) == {f"{name}/{mode}" for mode in modes}
