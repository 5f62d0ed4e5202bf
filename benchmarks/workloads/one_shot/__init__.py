"""A script that calls 300 different functions once each: all of it is cold."""

from benchmarks.definitions import Bar, Kind, Workload

WORKLOAD = Workload(
    name="one_shot",
    stresses="300 different op calls, each once",
    modes={"tfimp": f"{__name__}.marked:make", "eager": f"{__name__}.marked:make"},
    bars=(Bar(against="eager", at_most=1.2, figure="once"),),
    kind=Kind.ONCE,
    unit="script",
)
