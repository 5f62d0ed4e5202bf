"""The fixtures of the runtime's tests."""

from tests.runtime.conftest import cold, hot, same_as_eager, tier

__all__ = ["cold", "hot", "same_as_eager", "tier"]
