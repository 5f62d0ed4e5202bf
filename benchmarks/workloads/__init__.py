"""The workloads, each a package that says in its `WORKLOAD` what it consists of."""

from __future__ import annotations

import importlib
from typing import Final

from benchmarks.definitions import Workload

NAMES: Final = (
    "mlp_small",
    "mlp_mnist",
    "mlp_silent",
    "mlp_no_step",
    "mlp_tape",
    "fetch_then_grad",
    "lr_decay",
    "ragged_batches",
    "dataset_loop",
    "scalar_loop",
    "newton",
    "lbfgs",
    "rnn_varlen",
    "tree_lstm",
    "hmc",
    "actor_critic",
    "convnet",
    "keras_custom",
    "chain_1000",
    "chain_10000",
    "helpers",
    "recording",
    "one_shot",
    "growth",
)


def find(name: str) -> Workload:
    """The workload of that name."""
    workload = importlib.import_module(f"{__name__}.{name}").WORKLOAD
    assert isinstance(workload, Workload) and workload.name == name
    return workload
