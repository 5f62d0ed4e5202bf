"""The writer draws every kind of program that it is said to draw."""

from __future__ import annotations

import re

import pytest

from . import several, streams
from .comparison import Tier
from .writer import program

PROGRAMS = [program(number) for number in range(1500)]

# What a line, or several, of a program of some kind look like.
KINDS = {
    "a fetch between a gradient and that of it": (
        r"(g\d+) = tape\d+\.gradient\(.*\n(?:.*\n)?\s*show\(\1\[0\]\)\n"
        r"(?:.*\n)*?.*tape\d+\.gradient\(z"
    ),
    "a gradient of a gradient by a tape around": (
        r"    (g\d+) = (tape\d+)\.gradient\((?:.*\n)*?\s*(z\d+) = .*\1\[\d\].*\n(?:.*\n)*?"
        r".*= (?!\2)tape\d+\.gradient\(\3"
    ),
    "a gradient of a gradient by the same tape": (
        r"    (g\d+) = (tape\d+)\.gradient\((?:.*\n)*?\s*(z\d+) = .*\1\[\d\].*\n(?:.*\n)*?"
        r".*= \2\.gradient\(\3"
    ),
    "a symbolic gradient of a symbolic gradient": (
        r"(g\d+) = tf\.gradients\((?:.*\n)*?\s*(z\d+) = .*\1\[\d\].*\n(?:.*\n)*?"
        r".*= tf\.gradients\(\2"
    ),
    "a second gradient by an intermediate tensor": r"gradient\(z\d+, \[.*h\d+.*\]",
    "a second gradient by a first": r"gradient\(z\d+, \[.*g\d+\[\d\].*\]",
    "a write between gradients": r"(g\d+) = .*gradient.*\n(.*\n)?\s*v\d+\.assign.*\n\s*z\d+ = .*\1",
    "second gradients in a loop": (
        r"for k in range\(\d\):\n    with .*\n    +tape.*\n(    .*\n)*.*gradient\(z\d+, "
    ),
    "a loop over a ragged tensor under a tape": (
        r"with tf\.GradientTape(.*\n)*?    +for .* in (enumerate\()?r\d+"
    ),
    "an iterator over a data set": r"(i\d+) = iter\(d\d+\)\n.* in \[next\(\1\)",
    "a loop over a data set under a tape": r"with tf\.GradientTape(.*\n)*?    +for .* in d\d+:",
    "a loop over the values of a sparse tensor": r"for (i, )?e in .*s\d+\.values",
    "a function whose gradient a helper takes": r"helper\.(value_and|by_a_persistent|descend)",
    "a second gradient by a helper's tapes": r"helper\.second_gradient\(",
    "a forward accumulator of a helper's": r"helper\.directional\(",
    "a tape around a helper's op call": r"tape\d+:\n.*\n\s*h\d+ = helper\.",
    "TensorFlow's NumPy": r"tf\.experimental\.numpy\.",
    "a metric of Keras": r"(m\d+)\.update_state",
    "a loss of Keras": r"= tf\.keras\.losses",
}


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_drawn(kind):
    found = [text for text in PROGRAMS if re.search(KINDS[kind], text)]
    assert len(found) >= 2


def test_op_calls_with_several_results_are_drawn():
    heads = {call.call.split("(")[0] for call in several._OP_CALLS}
    for head in heads:
        assert any(f" = {head}(" in text for text in PROGRAMS), head


@pytest.mark.parametrize("options", [streams._RAGGED, streams._SPARSE, streams._DATA])
def test_what_loops_are_over_is_drawn(options):
    for option in options:
        head = option.split("(")[0] + "("
        assert any(head in text for text in PROGRAMS), head


def test_tiers_are_drawn():
    assert {Tier.of(number) for number in range(16)} == set(Tier)
