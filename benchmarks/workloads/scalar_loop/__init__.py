"""A loop whose condition is a tensor."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="scalar_loop",
    stresses="a while loop whose condition is a tensor",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
    },
    bars=(Bar(against="eager", times_as_fast=3),),
    unit="loop",
)
