"""The training step of mlp_small with a network for images of digits: 784-128-32-10, batch 100."""

from benchmarks.definitions import Bar, Workload
from benchmarks.workloads.mlp_small.data import MNIST

WORKLOAD = Workload(
    name="mlp_mnist",
    stresses="the plain training step with more to compute",
    modes={
        "tfimp": "benchmarks.workloads.mlp_small.marked:make",
        "eager": "benchmarks.workloads.mlp_small.eager:make",
        "function": "benchmarks.workloads.mlp_small.function:make",
        "session": "benchmarks.workloads.mlp_small.graph:make",
        "torch": "benchmarks.workloads.mlp_small.with_torch:make",
        "jax": "benchmarks.workloads.mlp_small.with_jax:make",
    },
    arguments={"problem": MNIST},
    bars=(
        Bar(against="session", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
    ),
)
