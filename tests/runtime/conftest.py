"""The two tiers of the runtime, each forced, so that a test sees a behaviour in both."""

from __future__ import annotations

import gc
import math

import differential
import pytest
import tensorflow as tf

import tfimp
from tfimp.runtime import executor, segment, tensorflow_internals

assert tfimp.new_step  # loads the runtime


@pytest.fixture(autouse=True, scope="session")
def quick_collections():
    """Has `gc.collect` look at what the tests make, and not at TensorFlow's modules each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def all_plans_called_alike():
    """Has what earlier tests left behind make no difference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensorflow_internals, "MOST_LEFT_BEHIND", 10**9)
        yield


def _force(monkeypatch, seconds):
    segment.sync()
    executor.clear_traces()
    tf.random.set_seed(0)
    monkeypatch.setattr(executor._cost, "expected", lambda node: seconds)


@pytest.fixture
def hot(monkeypatch):
    """Every segment is compiled when it is seen for the second time."""
    _force(monkeypatch, 0.0)


@pytest.fixture
def cold(monkeypatch):
    """Nothing is ever compiled."""
    _force(monkeypatch, math.inf)


@pytest.fixture(params=["cold", "hot"])
def tier(request, monkeypatch):
    """Runs the test in either tier; the name of the tier."""
    _force(monkeypatch, math.inf if request.param == "cold" else 0.0)
    return request.param


@pytest.fixture
def same_as_eager(tier):
    """Checks that a program does under tfimp what it does under eager, in either tier.

    In the hot tier some of the program must run in plans, unless `plans=False` is passed.
    """

    def check(source, plans=True, runs=4, **options):
        if tier == "cold":
            runs = min(runs, 2)
        differential.check(source, runs, plans and tier == "hot", **options)

    return check
