"""A recursive network over random binary trees, with the gradient through each tree."""

from benchmarks.definitions import FEW_PLANS, Bar, Workload

WORKLOAD = Workload(
    name="tree_lstm",
    stresses="recursion over random binary trees, with gradient",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "torch": f"{__name__}.with_torch:make",
    },
    bars=(
        Bar(against="eager", times_as_fast=4),
        Bar(against="torch", at_most=1.0),
        *FEW_PLANS,
    ),
    unit="tree",
    cycle=32,
    checked=64,
    early=96,
)
