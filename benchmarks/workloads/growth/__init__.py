"""A long training run, whose memory and step time are to stay what they are."""

from benchmarks.definitions import Bar, Kind, Workload

WORKLOAD = Workload(
    name="growth",
    stresses="100 000 training steps: time, memory, plans and trace nodes after the first 1000",
    modes={"tfimp": "benchmarks.workloads.mlp_small.marked:make"},
    bars=(
        Bar(figure="growth", at_most=5, unit="MB"),
        Bar(figure="slowdown", at_most=1.05),
        Bar(figure="new_plans_held", at_most=0),
        Bar(figure="new_trace_nodes", at_most=0),
    ),
    kind=Kind.GROWTH,
    by_default=False,
)
