"""What the marks of `try` and `with` do: op calls are carried out in the body that they stand in.

An op call that waits would otherwise fail after the `try` whose handlers are meant for it, or run
when the lock of a `with` is no longer held. So what is pending when a body begins is carried out
before it, and what the body has recorded is carried out at its end. A body that turns out to record
nothing (a dictionary is asked for a key, say) does neither, so that it does not cut a segment in
two; nor do the managers of TensorFlow, which look at no values and catch no errors.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any, Final

from tfimp.runtime import rewritten
from tfimp.runtime.thread import local

# Where the open segment stands: its serial number and its depth.
_Place = tuple[int, int]

# A place is of use until its frame leaves the body; one that was dropped costs a cut.
_MOST_PLACES: Final = 1000

# Sites of which something is known; at a prompt each input has its own. The others are cut.
# (Forgetting one might have what waits in a body that is open carried out too late.)
MOST_SITES: Final = 10_000

# Where the managers are defined that segments may go across: tapes, steps, name scopes, devices.
_PACKAGES_PASSED: Final = ("tensorflow.", "tfimp.", "keras.", "tf_keras.")


class _Thread(threading.local):
    """State of one thread.

    Attributes:
        places: where the segment stood when a body was entered that is not known to record, or
            resumed, by the site and the frame. What is left of a frame that has ended is of an
            earlier segment, or is overwritten when another frame of the same address enters.
        failure: what `fails` has caught.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, int], _Place] = {}
        self.failure: BaseException | None = None


_thread = _Thread()

# By site: whether a body that was entered has been seen to record.
_records: dict[str, bool] = {}

# By site of a `with`: whether segments may go across all the managers that it was seen to enter.
_passed: dict[str, bool] = {}


def _place() -> _Place | None:
    """Where the open segment stands; None if nothing is pending."""
    segment = local.segment
    depth = segment.cursor.depth
    return (segment.serial, depth) if depth else None


def _keep_place(site: str, frame: Any, place: _Place) -> None:
    places = _thread.places
    if len(places) >= _MOST_PLACES:
        places.clear()
    places[site, id(frame)] = place


def _enter(site: str, frame: Any) -> None:
    place = _place()
    if place is None:
        return
    if _records.get(site) is False:
        _keep_place(site, frame, place)
    else:  # the first time, it is not known what the body does
        if len(_records) < MOST_SITES:
            _records.setdefault(site, False)
        local.segment.close()


def _leave(site: str, frame: Any) -> None:
    place = _place()
    if place is None or _passed.get(site) or _thread.places.get((site, id(frame))) == place:
        return
    if site in _records or len(_records) < MOST_SITES:
        _records[site] = True
    local.segment.close()


def enter_try(site: str) -> None:
    """Carries out what is pending before the `try` at `site` begins, if its body may record."""
    _enter(site, sys._getframe(1))


def enter_with(site: str, manager: Any) -> Any:
    """As `enter_try`, before the `with` at `site` enters a manager; returns the manager."""
    passed = _passed.get(site)
    if passed is None:
        passed = len(_passed) < MOST_SITES
    if passed:
        passed = _passed[site] = _is_passed(manager)
    if not passed and rewritten.recording:
        _enter(site, sys._getframe(1))
    return manager


def _is_passed(manager: Any) -> bool:
    maker = type(manager)
    if maker is contextlib.nullcontext:
        return True
    if maker.__module__ == "contextlib":
        # What its `contextmanager` makes names the generator function.
        maker = getattr(manager, "func", maker)
    return maker.__module__.startswith(_PACKAGES_PASSED)


def fails(site: str) -> bool:
    """Carries out what the body at `site` has recorded; whether that failed.

    It does not raise, because the mark has no line of its own; `failure` is raised on one.
    """
    try:
        _leave(site, sys._getframe(1))
    except BaseException as error:
        _thread.failure = error
        return True
    return False


def failure() -> BaseException:
    """The error that made `fails` true."""
    error, _thread.failure = _thread.failure, None
    assert error is not None
    return error


def carried_out(site: str, value: Any) -> Any:
    """Carries out what the body at `site` has recorded, for it is left; returns the value."""
    if rewritten.recording:
        _leave(site, sys._getframe(1))
    return value


def resumed(site: str, value: Any) -> Any:
    """Notes that the body at `site` goes on: what others left pending is not its own."""
    if rewritten.recording:
        place = _place()
        if place is not None:
            _keep_place(site, sys._getframe(1), place)
    return value


def activate() -> None:
    """Puts these functions behind the names that rewritten code calls."""
    rewritten.enter_try = enter_try
    rewritten.enter_with = enter_with
    rewritten.fails = fails
    rewritten.failure = failure
    rewritten.carried_out = carried_out
    rewritten.resumed = resumed
