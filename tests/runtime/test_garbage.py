"""The runtime and plans are made without collections, and the collector is left as it was."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

import tfimp as tf
from tfimp.runtime import executor
from tfimp.runtime.plan import Plan


def printed_by(program: str) -> list[str]:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


COUNT = """
import gc
passes = []
gc.callbacks.append(lambda phase, info: passes.append(info["generation"]))
import tfimp
before = len(passes)
tfimp.constant
"""


def test_hardly_a_collection_runs_meanwhile_and_what_was_made_is_old():
    # Of the many objects none is young, or else a collection would be due at once.
    shown = printed_by(COUNT + """
print(len(passes) - before < 10, gc.isenabled(), len(gc.get_objects(0)) < 5000)
print(gc.get_freeze_count() < 1000)
""")
    assert shown == ["True", "True", "True", "True"]


@pytest.mark.parametrize(("first", "then"), [
    ("gc.disable()", "not gc.isenabled()"),
    ("gc.freeze()", "gc.isenabled() and gc.get_freeze_count() > 0.9 * frozen"),
])
def test_what_the_program_has_said_stays(first, then):
    shown = printed_by(f"""
import gc
import collections, json, unittest
{first}
frozen = gc.get_freeze_count()
import tfimp
tfimp.constant
print({then})
""")
    assert shown == ["True"]


def test_nothing_is_collected_while_a_plan_is_compiled(hot, monkeypatch):
    collects = []

    def compile_watched(*args):
        collects.append(gc.isenabled())
        return Plan(*args)

    monkeypatch.setattr(executor, "Plan", compile_watched)
    x = tf.constant([1.0, 2.0])
    for _ in range(3):
        (x * 2.0 + 1.0).numpy()
    assert collects == [False]
    assert gc.isenabled()
