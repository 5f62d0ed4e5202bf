"""Programs as people write them print under tfimp what they print under plain Python."""

from __future__ import annotations

import importlib
import math
import os
import random
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import tensorflow as tf
import tfimp
from tests import differential
from tfimp.runtime import executor, segment

FOLDER = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("test_"))
TOLERANCE = 1e-4

_NUMBER = re.compile(r"(-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+|nan|-?inf)")


def same_output(seen: str, expected: str) -> bool:
    """Whether two texts are equal but for numbers with a point, which may differ a little."""
    a, b = _NUMBER.split(seen), _NUMBER.split(expected)
    return len(a) == len(b) and all(x == y or _close(x, y) for x, y in zip(a, b, strict=True))


def _close(seen: str, expected: str) -> bool:
    if "." not in seen or "." not in expected:
        return False
    digits = len(expected.split("e")[0].split(".")[1])
    last_digit = 1.1 * 10.0 ** -digits  # what rounding to so many digits can make
    return math.isclose(float(seen), float(expected), rel_tol=TOLERANCE, abs_tol=last_digit)


def compile_by_chance(monkeypatch, seed):
    """Has segments compiled early, late or never, as the times that they take may have it."""
    chance = random.Random(seed)
    share = chance.choice([0.1, 0.5, 0.9])
    segment.sync()
    executor.clear_traces()
    monkeypatch.setattr(executor, "UNTIMED_VISITS", 0)
    monkeypatch.setattr(
        executor._cost, "expected", lambda node: 0.0 if chance.random() < share else math.inf)


def test_gallery_is_large_and_marked():
    assert len(PROGRAMS) >= 25
    for name in PROGRAMS:
        assert (FOLDER / f"{name}.py").read_text().startswith("# tfimp: eager\n"), name


@pytest.mark.parametrize(("seen", "expected", "same"), [
    ("loss 0.12341", "loss 0.12342", True), ("loss 0.1234", "loss 0.1264", False),
    ("3 right", "4 right", False), ("a 1.0", "b 1.0", False), ("1.0", "1.0\n", False),
    ("12345.6", "12345.9", True), ("nan", "nan", True), ("nan", "1.0", False),
])
def test_comparison_of_outputs(seen, expected, same):
    assert same_output(seen, expected) is same


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_prints_the_same(name, monkeypatch):
    source = (FOLDER / f"{name}.py").read_text()
    tf.get_logger().setLevel("ERROR")
    compile_by_chance(monkeypatch, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = differential.run_eagerly(source)
        before = tfimp.stats().calls_recorded
        seen = differential.Marked(source)()
    for outcome in (expected, seen):
        if outcome.error is not None:
            raise outcome.error
    assert tfimp.stats().calls_recorded > before
    assert expected.printed.count("\n") >= 3
    assert same_output(seen.printed, expected.printed), (
        f"eager:\n{expected.printed}\ntfimp:\n{seen.printed}")


def test_program_run_by_the_command_line():
    path = FOLDER / "k_means.py"
    ended = subprocess.run(
        [sys.executable, "-m", "tfimp", str(path)], capture_output=True, text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert ended.returncode == 0, ended.stderr
    assert same_output(ended.stdout, differential.run_eagerly(path.read_text()).printed)


def test_program_imported_as_a_marked_module(capsys, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    with tfimp.install():
        importlib.import_module("beam_search")
    sys.modules.pop("beam_search")
    expected = differential.run_eagerly((FOLDER / "beam_search.py").read_text())
    assert same_output(capsys.readouterr().out, expected.printed)
