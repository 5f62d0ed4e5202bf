"""A small convolutional network: 32x32x3, batch 32."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="convnet",
    stresses="compute-bound: convolutions of 32x32x3, batch 32",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
        "torch": f"{__name__}.with_torch:make",
    },
    bars=(Bar(against="session", at_most=1.0),),
    checked=10,
    early=30,
)
