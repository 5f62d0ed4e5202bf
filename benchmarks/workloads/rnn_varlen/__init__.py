"""A recurrent network over sequences of 5 to 50 steps, with the gradient through all of them."""

from benchmarks.definitions import FEW_PLANS, Bar, Workload

WORKLOAD = Workload(
    name="rnn_varlen",
    stresses="a GRU cell in a Python loop of 5 to 50 steps, gradient through all of them",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
        "torch": f"{__name__}.with_torch:make",
    },
    bars=(Bar(against="eager", times_as_fast=4), *FEW_PLANS),
    cycle=16,
    checked=32,
    early=48,
)
