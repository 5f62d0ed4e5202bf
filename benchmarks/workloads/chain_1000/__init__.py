"""A chain of 1000 op calls."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="chain_1000",
    stresses="1000 op calls on small tensors, then their value: the cost of one op call",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
        "torch": f"{__name__}.with_torch:make",
        "jax": f"{__name__}.with_jax:make",
    },
    arguments={"length": 1000},
    bars=(
        Bar(against="eager", times_as_fast=10),
        Bar(against="torch", at_most=1.0),
    ),
    units=1000,
    unit="op call",
    checked=10,
    early=50,
)
