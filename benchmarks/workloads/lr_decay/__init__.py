"""The training step of mlp_small with a learning rate that changes every step."""

from benchmarks.definitions import Bar, Lane, Workload

WORKLOAD = Workload(
    name="lr_decay",
    stresses="a Python float that changes every step",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.twins:make_eager",
        "function": f"{__name__}.twins:make_function",
        "session": f"{__name__}.twins:make_session",
    },
    bars=(
        Bar(against=Lane("mlp_small", "tfimp"), at_most=1.2),
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=8),
    ),
)
