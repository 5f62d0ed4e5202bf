"""The training step of mlp_small with batches of 1 to 64."""

from benchmarks.definitions import FEW_PLANS, Workload

WORKLOAD = Workload(
    name="ragged_batches",
    stresses="batches of 1 to 64",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
    },
    bars=(*FEW_PLANS,),
    cycle=64,
    checked=64,
)
