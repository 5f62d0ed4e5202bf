"""Loops whose condition is a tensor."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="scalar_loop",
    stresses="while loops whose condition is a tensor: a vector doubled, Collatz on integers",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
    },
    bars=(Bar(against="eager", times_as_fast=4),),
    unit="pair of loops",
    cycle=16,
    checked=32,
)
