"""The example of the README learns what it says it learns."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_digits_are_learned():
    ended = subprocess.run(
        [sys.executable, "-m", "tfimp", "examples/digits.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    losses = [float(line.split()[3].rstrip(",")) for line in lines if line.startswith("step ")]
    assert len(losses) >= 5 and losses[-1] < losses[0]
    assert any(line.startswith("the loss is below") for line in lines), ended.stdout
    found = re.search(r"^test accuracy: (0\.\d+|1\.0+)$", ended.stdout, re.MULTILINE)
    assert found and float(found[1]) >= 0.95, ended.stdout
    assert re.search(r"^steps per second: [1-9]\d*$", ended.stdout, re.MULTILINE), ended.stdout
