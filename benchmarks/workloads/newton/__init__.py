"""Newton's method with double gradients and a line search."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="newton",
    stresses="double gradients; a line search, whose length the values decide",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
    },
    bars=(Bar(against="eager", times_as_fast=4),),
    unit="search",
    cycle=8,
    checked=16,
    early=24,
)
