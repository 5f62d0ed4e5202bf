"""L-BFGS with a line search."""

from benchmarks.definitions import Workload

WORKLOAD = Workload(
    name="lbfgs",
    stresses="a line search and a memory that grows; both as long as the values decide",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
    },
    unit="search",
    cycle=8,
    checked=16,
    early=24,
)
