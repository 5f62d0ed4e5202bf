"""What a workload, a mode, a lane and a bar are."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

# In the order in which they are shown.  All results are compared with those of REFERENCE.
MODES: Final = {
    "tfimp": "tfimp",
    "eager": "TF2 eager",
    "function": "tf.function",
    "session": "Session.run",
    "callable": "Session.make_callable",
    "torch": "PyTorch eager",
    "jax": "JAX jit",
}
REFERENCE: Final = "eager"

# What must be installed for a mode, where that is not TensorFlow.
LIBRARIES: Final = {"torch": "torch", "jax": "jax"}


class Lane(NamedTuple):
    """A workload in one mode."""

    workload: str
    mode: str

    def __str__(self) -> str:
        return f"{self.workload}/{self.mode}"


class Kind(enum.Enum):
    """How a workload is measured."""

    REPEATED = "repeated"  # warmed up, then timed in interleaved rounds
    ONCE = "once"  # timed once in each of many fresh processes
    GROWTH = "growth"  # run for long, its memory watched


@dataclass(frozen=True)
class Bar:
    """What a figure of the tfimp lane has to be.

    Attributes:
        at_most: the most that the figure may be, in units of the other lane's if there is one.
        times_as_fast: how many times as fast as the other lane it has to be.
        against: the other lane's mode, or the other lane if it is of another workload.
        figure: which figure is meant.
        unit: the figure's unit where it stands alone.
        scale: what the figure is multiplied by to have that unit.
    """

    at_most: float | None = None
    times_as_fast: float | None = None
    against: str | Lane | None = None
    figure: str = "warm"
    unit: str = ""
    scale: float = 1.0

    def other_lane(self, workload: str) -> Lane | None:
        """The lane that the figure is compared with."""
        return Lane(workload, self.against) if isinstance(self.against, str) else self.against

    def demand(self) -> str:
        """The bar in words."""
        if self.times_as_fast is not None:
            return f"≥ {self.times_as_fast:g}× as fast"
        demand = f"≤ {self.at_most:g} {self.unit}".rstrip()
        return demand if self.against else f"{self.figure.replace('_', ' ')} {demand}"


# The figures of a run's beginning, of which a process has one.
COLD: Final = frozenset({"first_ten", "early"})

# Of programs that vary: plans in all, and plans compiled in the last half of the run.
FEW_PLANS: Final = (
    Bar(figure="plans_compiled", at_most=30),
    Bar(figure="late_plans", at_most=0),
)

# Never much slower than eager mode: not at the beginning, not soon after, not in the long run.
NEVER_SLOWER: Final = (
    Bar(against="eager", figure="first_ten", at_most=1.2),
    Bar(against="eager", figure="early", at_most=1.05),
    Bar(against="eager", figure="warm", at_most=1.05),
)


@dataclass(frozen=True)
class Workload:
    """One thing to measure.

    Attributes:
        stresses: what it is there for.
        modes: for each mode the function that makes the workload ready, `module:function`.  It
            returns a function that runs n iterations and returns their n results.
        arguments: what every mode's function is called with.
        bars: what the tfimp lane has to reach, besides what every lane has to.
        own_clock: the function returns its results and the seconds that count.
        units: how many of `unit` one iteration consists of.
        by_default: whether it is run when nobody names it.
        tolerance: how far results may differ between modes, relatively.
        statistics: modes that draw other random numbers, so that only statistics can be compared.
        cycle: after how many iterations the data repeat; a round consists of whole cycles.
        checked: how many warm iterations have their results compared.
        early: how many iterations count as the beginning of a run, in which tfimp gets warm.
    """

    name: str
    stresses: str
    modes: dict[str, str]
    arguments: dict[str, Any] = field(default_factory=dict)
    bars: tuple[Bar, ...] = ()
    kind: Kind = Kind.REPEATED
    own_clock: bool = False
    units: int = 1
    unit: str = "step"
    by_default: bool = True
    tolerance: float = 1e-4
    statistics: tuple[str, ...] = ()
    cycle: int = 1
    checked: int = 50
    early: int = 100

    def all_bars(self) -> tuple[Bar, ...]:
        """Its own bars, and those that every workload has."""
        if self.kind is not Kind.REPEATED or self.own_clock or "eager" not in self.modes:
            return self.bars
        return self.bars + NEVER_SLOWER

    def cold_lanes(self) -> list[Lane]:
        """The lanes whose cold figures are compared."""
        others = [bar.other_lane(self.name) for bar in self.all_bars() if bar.figure in COLD]
        return [Lane(self.name, "tfimp"), *(lane for lane in others if lane is not None)]

    def guests(self) -> list[Lane]:
        """The lanes of other workloads that its bars name; they run in the same rounds."""
        return [bar.against for bar in self.bars if isinstance(bar.against, Lane)]
