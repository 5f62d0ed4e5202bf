"""The training step of mlp_small with a GradientTape, a file that runs unchanged without tfimp."""

from benchmarks.definitions import Bar, Lane, Workload

WORKLOAD = Workload(
    name="mlp_tape",
    stresses="a GradientTape loop, the same file in both modes",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "session": "benchmarks.workloads.mlp_small.graph:make",
    },
    bars=(
        Bar(against=Lane("mlp_small", "tfimp"), at_most=1.2),
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
    ),
)
