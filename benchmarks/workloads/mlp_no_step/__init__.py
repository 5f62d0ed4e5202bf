"""The training step of mlp_small with no `new_step` anywhere."""

from benchmarks.definitions import Bar, Lane, Workload

WORKLOAD = Workload(
    name="mlp_no_step",
    stresses="no new_step anywhere",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": "benchmarks.workloads.mlp_small.eager:make",
        "session": "benchmarks.workloads.mlp_small.graph:make",
    },
    bars=(
        Bar(against=Lane("mlp_small", "tfimp"), at_most=1.2),
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
    ),
)
