"""The training step of mlp_small, its loss printed and tested before the gradient is taken."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="fetch_then_grad",
    stresses="the loss printed and tested before the gradient is taken, every step",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "session": f"{__name__}.graph:make",
    },
    bars=(Bar(against="session", at_most=1.3),),
)
