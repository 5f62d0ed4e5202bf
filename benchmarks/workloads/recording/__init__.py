"""What one op call costs the Python program that makes it."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="recording",
    stresses="the cost of recording one op call (in eager mode: of running it)",
    modes={"tfimp": f"{__name__}.marked:make", "eager": f"{__name__}.marked:make"},
    bars=(Bar(at_most=1.0, unit="µs", scale=1e6), Bar(against="eager", times_as_fast=8)),
    own_clock=True,
    units=300,
    unit="op call",
)
