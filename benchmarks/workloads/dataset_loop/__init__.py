"""The training step of mlp_small over the batches of a `tf.data` pipeline."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="dataset_loop",
    stresses="batches that come from tf.data",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
    },
    bars=(Bar(against="eager", times_as_fast=4),),
)
