"""Every workload computes the same in every mode.  Times are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import workloads

ROOT = Path(__file__).parents[2]
MODES = ["tfimp", "eager", "function", "session"]


def test_modes_agree(tmp_path):
    path = tmp_path / "figures.json"
    # One run, since what takes long is to start the processes.
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--modes", *MODES, "--json", str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=800, stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    record = json.loads(path.read_text())
    assert record["failures"] == []
    chosen = [w for w in map(workloads.find, workloads.NAMES) if w.by_default]
    assert set(record["workloads"]) == {workload.name for workload in chosen}
    for workload in chosen:
        found = record["workloads"][workload.name]
        assert found["equal"], workload.name
        modes = [mode for mode in MODES if mode in workload.modes]
        assert set(found["lanes"]) == {f"{workload.name}/{mode}" for mode in modes}
