"""The training step of mlp_small with the network in a module that is not marked."""

from benchmarks.definitions import Workload

WORKLOAD = Workload(
    name="helpers",
    stresses="the model's functions live in an unmarked module",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
    },
)
