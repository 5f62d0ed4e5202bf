"""What the marks of functions that call themselves do: end segments where calls repeat.

The op calls of a recursion over trees come in another order for each tree. A plan for each tree
would be needed if they were one segment; cut at the calls they are a few segments that come again.
"""

from __future__ import annotations

from typing import Any, Final

from tfimp.runtime import rewritten
from tfimp.runtime.thread import local

# A segment with fewer op calls goes on. Running a plan costs about as much as four small op calls
# run by TensorFlow eager, so it has to hold a good deal more than that.
SHORTEST: Final = 8


def enter_function() -> None:
    """Notes that a function that calls itself begins; ends the segment if it is long enough."""
    segment = local.segment
    if segment.cursor.depth >= SHORTEST:
        segment.close()


def leave_function(value: Any) -> Any:
    """Notes that such a function returns `value`; ends the segment if it is long enough."""
    if rewritten.recording:
        enter_function()
    return value


def activate() -> None:
    """Puts these functions behind the names that rewritten code calls."""
    rewritten.enter_function = enter_function
    rewritten.leave_function = leave_function
