"""The runtime is loaded quickly, and the garbage collector is left as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
