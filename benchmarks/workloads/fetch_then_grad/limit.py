"""The loss at which training is given up, the same in every mode."""

from typing import Final

TOO_LARGE: Final = 100.0
