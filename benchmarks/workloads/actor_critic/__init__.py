"""Reinforcement learning with the world inside the loop."""

from benchmarks.definitions import Bar, Workload

WORKLOAD = Workload(
    name="actor_critic",
    stresses="a NumPy cart-pole inside the loop; episodes of many lengths",
    modes={
        "tfimp": f"{__name__}.marked:make",
        "eager": f"{__name__}.marked:make",
    },
    bars=(Bar(against="eager", times_as_fast=4),),
    unit="episode",
    cycle=16,
    checked=16,
    early=48,
)
