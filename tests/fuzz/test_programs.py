"""200 programs drawn by Hypothesis, and the programs that once differed.

`python -m tests.fuzz --programs 10000` draws more of them.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from .comparison import Tier, difference
from .reduction import reduced
from .writer import Writer, program

FOUND = sorted((Path(__file__).parent / "found").glob("*.txt"))


class Brief(Writer):
    """Writes shorter programs than those of the command, since most time goes into compiling."""

    most_statements = 4


@pytest.mark.parametrize("part", range(8))
def test_programs_do_what_they_do_under_eager(part):
    tf.get_logger().setLevel("ERROR")

    # The same programs every time, so that a change is judged by what it changes. No shrinking:
    # `reduction` knows what a line is.
    @seed(part)
    @settings(
        max_examples=25,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False), st.integers(0, 999))
    def check(random, number):
        source = Brief(random).program()
        differs = functools.partial(difference, tier=Tier.of(number), number=number)
        seen = differs(source)
        if seen is not None:
            source = reduced(source, differs)
            note(source)
            told = f"{Tier.of(number)} {number}: {differs(source) or seen}"
            raise AssertionError(f"{told}\n\n{source}")

    check()


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
@pytest.mark.parametrize("tier", Tier)
def test_program_that_once_differed(path, tier):
    assert difference(path.read_text(), tier, runs=3) is None


def test_a_number_names_one_program():
    assert program(3) == program(3)
    assert program(3) != program(4)


def test_difference_is_seen():
    assert difference("import tensorflow as tf\nx = tf.constant(1.) * 2\nshow(x)\n") is None
    # The class of `tf.constant` is what only a marked program can tell.
    told = difference("import tensorflow as tf\nprint(type(tf.constant(1.) * 2).__module__)\n")
    assert told is not None and "in run 1" in told


def test_reduction_keeps_the_lines_that_differ():
    source = "a = 1\nfor k in range(3):\n    b = 2\n    bad = k\nc = 3\n"
    assert reduced(source, lambda text: "differs" if "bad" in text else None) == "bad = k\n"


def test_reduction_keeps_the_sort_of_difference():
    def sorts(text):
        if "crash" in text:
            return "eager raised nothing, tfimp raised TypeError on line 2: no"
        return "value 1 shown" if "bad" in text else None

    assert reduced("crash = 1\nbad = 2\nx = 3\n", sorts) == "crash = 1\n"
