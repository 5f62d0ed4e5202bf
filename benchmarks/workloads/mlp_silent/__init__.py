"""The training step of mlp_small, its loss fetched every 100 steps."""

from benchmarks.definitions import Bar, Workload

STEPS = 100

WORKLOAD = Workload(
    name="mlp_silent",
    stresses="the loss fetched every 100 steps",
    modes={
        "tfimp": "benchmarks.workloads.mlp_small.marked:make",
        "eager": "benchmarks.workloads.mlp_small.eager:make",
        "function": "benchmarks.workloads.mlp_small.function:make",
        "session": "benchmarks.workloads.mlp_small.graph:make",
        "torch": "benchmarks.workloads.mlp_small.with_torch:make",
        "jax": "benchmarks.workloads.mlp_small.with_jax:make",
    },
    arguments={"steps": STEPS},
    bars=(
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
    ),
    units=STEPS,
    checked=2,
    early=20,
)
