"""The plain training step: a small network, forward, gradients, update, loss fetched each time."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="mlp_small",
    stresses="the plain training step, the loss fetched every step",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.eager:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
        "callable": f"{__name__}.graph:make_callable",
        "torch": f"{__name__}.with_torch:make",
        "jax": f"{__name__}.with_jax:make",
    },
    bars=(
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
        Bar(against="torch", at_most=1.0),
    ),
)
