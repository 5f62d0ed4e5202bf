"""A chain of 10 000 op calls."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="chain_10000",
    stresses="10 000 op calls on small tensors, then their value: long segments",
    modes={
        "tfimp": "benchmarks.workloads.chain_1000.marked:make",
        "eager": "benchmarks.workloads.chain_1000.marked:make",
        "torch": "benchmarks.workloads.chain_1000.with_torch:make",
    },
    arguments={"length": 10_000},
    bars=(Bar(against="eager", times_as_fast=10),),
    units=10_000,
    unit="op call",
    checked=2,
    early=20,
)
