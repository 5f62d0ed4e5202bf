"""Hamiltonian Monte Carlo."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="hmc",
    stresses="leapfrog steps, accepted or rejected by a Python if",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
    },
    bars=(Bar(against="eager", times_as_fast=4),),
    unit="sample",
    checked=200,
    early=50,
    statistics=("function",),
)
