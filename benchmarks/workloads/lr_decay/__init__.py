"""The training step of mlp_small with numbers that change every step."""

from benchmarks.definitions import FEW_PLANS, Bar, Workload

WORKLOAD = Workload(
    name="lr_decay",
    stresses="a Python float that changes every step; a Python counter that indexes a tensor",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
    },
    bars=(
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
        *FEW_PLANS,
    ),
)
