"""A pole on a cart, which is to be kept from falling over; plain NumPy."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

GRAVITY: Final = 9.8
CART_MASS: Final = 1.0
POLE_MASS: Final = 0.1
TOTAL_MASS: Final = CART_MASS + POLE_MASS
HALF_LENGTH: Final = 0.5
FORCE: Final = 10.0
SECONDS: Final = 0.02
FARTHEST: Final = 2.4
STEEPEST: Final = math.radians(12.0)

State = npt.NDArray[np.float64]


class CartPole:
    """The world: place and speed of the cart, angle and angular speed of the pole."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        self.state: State = np.zeros(4)

    def reset(self) -> State:
        """Puts the pole up again, not quite straight."""
        self.state = self._chance.uniform(-0.05, 0.05, 4)
        return self.state

    def step(self, action: int) -> tuple[State, bool]:
        """Pushes the cart to the left (0) or to the right (1).

        Returns:
            The new state, and whether the pole has fallen or the cart has left the track.
        """
        _, speed, angle, turning = self.state
        sine, cosine = math.sin(angle), math.cos(angle)
        pushed = (2 * action - 1) * FORCE + POLE_MASS * HALF_LENGTH * turning**2 * sine
        pushed /= TOTAL_MASS
        inertia = HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * cosine**2 / TOTAL_MASS)
        turn = (GRAVITY * sine - cosine * pushed) / inertia
        push = pushed - POLE_MASS * HALF_LENGTH * turn * cosine / TOTAL_MASS
        change = SECONDS * np.array([speed, push, turning, turn])
        self.state = self.state + change
        return self.state, abs(self.state[0]) > FARTHEST or abs(self.state[2]) > STEEPEST
