"""A module that may take gradients without a tape says so before anything else runs."""

from __future__ import annotations

import pytest

from .helpers import IMPORT, check, check_unchanged, rewritten


def test_gradients() -> None:
    check(
        """
        import tensorflow as tf
        def slopes(y, x):
            return tf.gradients(y, x)
        """,
        """
        _tfimp_.keep_history()
        tf = _tfimp_.import_module('tensorflow')
        def slopes(y, x):
            return tf.gradients(y, x)
        """,
    )


def test_it_is_said_behind_docstring_and_future() -> None:
    source = '"""Models."""\nfrom __future__ import annotations\nslopes = models.gradients'
    *start, runtime, call, last = rewritten(source).splitlines()
    assert start == ["'Models.'", "from __future__ import annotations"]
    assert (runtime, call) == (IMPORT.strip(), "_tfimp_.keep_history()")
    assert last == "slopes = models.gradients"


@pytest.mark.parametrize("source", [
    "slopes = models.hessians",
    "train = optimizer.minimize",
    "pairs = optimizer.compute_gradients",
    "slopes = getattr(tf, 'gradients')",
    "exec('slopes = tf.gradients(y, x)')",
    "from models import gradients",
    "from models import gradients as slopes",
    "from tensorflow.compat.v1 import *\nslopes = gradients(y, x)",
])
def test_what_counts_as_a_mention(source: str) -> None:
    assert "keep_history()" in rewritten(source)


@pytest.mark.parametrize("source", [
    "gradients = tape.gradient(loss, weights)",
    "def minimize(loss): pass",
    "# tf.gradients",
    "from models import *\nslopes = gradients(y, x)",
    "gradients = slopes",
    "mode = 'of gradients'",
])
def test_what_does_not(source: str) -> None:
    check_unchanged(source)


def test_text_that_nobody_runs() -> None:
    check_unchanged('''
        """As tf.gradients does."""
        def slopes():
            """As tf.gradients."""
    ''')
