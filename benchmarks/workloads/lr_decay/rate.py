"""How fast the learning rate shrinks, the same in every mode."""

from typing import Final

DECAY: Final = 0.9999
