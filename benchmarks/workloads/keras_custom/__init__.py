"""Keras layers and a Keras optimizer in a GradientTape loop, with no `tf.function`."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="keras_custom",
    stresses="Keras layers and Adam in a GradientTape loop",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
        "function": f"{__name__}.function:make",
        "session": f"{__name__}.graph:make",
    },
    bars=(
        Bar(against="session", at_most=1.0),
        Bar(against="function", at_most=1.0),
        Bar(against="eager", times_as_fast=10),
    ),
)
