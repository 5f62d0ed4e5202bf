"""Decides how a segment is carried out: by tier 0 (op call by op call) or by a plan.

The rule is that of ski rental (Karlin et al., "Competitive snoopy caching", 1988): a plan is
compiled once the time lost to tier 0 on the same segment is a multiple of what compiling is
expected to cost. With `PATIENCE` k the total is never more than k + 1 times that of the best choice
in hindsight, and never more than 1 + 1/k times that of tier 0.
"""

from __future__ import annotations

import math
import os
import time
from collections import OrderedDict
from sys import getrefcount
from typing import Any, Final

import tensorflow as tf

from tfimp.runtime.counters import counters
from tfimp.runtime.errors import (
    note_failed_call,
    note_interruption,
    report_failed_plan,
    warn_not_compiled,
)
from tfimp.runtime.forward_tape import ForwardTape, own_tapes_paused
from tfimp.runtime.garbage import uncollected
from tfimp.runtime.plan import NotPlannable, Plan
from tfimp.runtime.replay import Replay
from tfimp.runtime.spec import ARRAY, SCALAR, CopiedArray
from tfimp.runtime.tensorflow_internals import has_started
from tfimp.runtime.thread import local
from tfimp.runtime.trace import LONGEST_SEGMENT, Ending, Node, lock, tree
from tfimp.runtime.variable import GuardedVariable

MOST_PLANS: Final = 512

# A plan that computes a few results more than are wanted is used rather than compiling another.
MOST_UNWANTED: Final = 4

# Where one segment has been seen with this many sets of wanted results, the next plan computes
# all of them.
MOST_PLANS_OF_A_NODE: Final = 4

# A segment is compiled once tier 0 has taken so many times what compiling is expected to cost: with
# two, a program that ends right then has taken half as long again as with tier 0 alone, and one
# that goes on has lost what compiling cost once more.
PATIENCE: Final = 2.0

# Visits of an ending whose time does not count: they pay for TensorFlow's own caches.
UNTIMED_VISITS: Final = 1

# The reference count, as `map(getrefcount, ...)` sees it, of an object that only the list holds.
_HELD_BY_LIST: Final = next(map(getrefcount, [object()]))

# Functions whose op calls are run when they are made: known to have an effect, or found out.
at_once: set[Any] = set()

_plans: OrderedDict[int, Plan] = OrderedDict()


class _CompileCost:
    """What compiling is expected to cost, learned from the compiles so far.

    It begins with what plans of 2 to 400 op calls cost with TensorFlow 2.21 on an AMD EPYC.
    """

    _FIRST: Final = 0.030  # of TensorFlow's own caches
    _PLAN: Final = 0.005
    _CALL: Final = 0.001
    _SLOWEST_LEARNING: Final = 0.2

    def __init__(self) -> None:
        self._factor = 1.0
        self._learned = 0

    def expected(self, node: Node) -> float:
        """Seconds for tracing, optimising and instantiating the plan of a segment."""
        return self._factor * self._unscaled(node)

    def learn(self, plan: Plan, seconds: float) -> None:
        """Notes what a plan did cost, its first run included."""
        share = max(self._SLOWEST_LEARNING, 1 / (2 + self._learned))
        self._factor += share * (seconds / self._unscaled(plan.node) - self._factor)
        self._learned += 1

    def forbid(self) -> None:
        """From now on nothing is worth compiling."""
        self._factor = math.inf

    def _unscaled(self, node: Node) -> float:
        seconds = self._PLAN + self._CALL * node.work
        return seconds if self._learned else seconds + self._FIRST


_cost = _CompileCost()


def _after_fork() -> None:
    """In a child that was forked off leaves everything to tier 0.

    To compile or to run a large graph TensorFlow needs its threads, and a fork copies one alone.
    """
    if has_started():
        clear_traces()
        _cost.forbid()


os.register_at_fork(after_in_child=_after_fork)


def live_slots(produced: list[Any]) -> tuple[int, ...]:
    """The slots of the tensors that somebody besides the segment holds."""
    counts = map(getrefcount, produced)
    return tuple([slot for slot, count in enumerate(counts) if count > _HELD_BY_LIST])


def carry_out(segment: Any) -> None:
    """Carries out what is pending of a segment that has just been closed."""
    node: Node = segment.cursor
    tree.clock += 1
    node.last_use = tree.clock
    counters.calls_recorded += node.depth
    live = live_slots(segment.produced)
    segment.differentiable = bool(live) and segment.dropped is None
    ending = node.ending
    if ending is None:
        ending = node.ending = Ending(node.take_seconds_lost())
    if segment.deferring:
        try:
            plan = _find_plan(node, ending, live, segment) or _compile_if_due(
                node, ending, live, segment
            )
        except BaseException as interruption:  # Ctrl-C while it is compiled
            segment.error = note_interruption(interruption, None)
            raise
        if plan is not None:
            _run_plan(plan, segment)
            return
        run_pending(segment)
    ending.visits += 1
    if ending.visits <= UNTIMED_VISITS:
        ending.seconds_of_first_visit = segment.seconds
    else:
        ending.seconds_lost += segment.seconds
        _compile_if_due(node, ending, live, segment)
    if tree.size > tree.MOST_NODES:
        with lock:
            for dropped in tree.prune():
                _forget_plans(dropped)


def _keeps_versions(segment: Any) -> bool:
    """Whether somebody may still ask for what variables held before this segment."""
    for version in segment.versions.values():
        # Held by the variable, the dictionary, this loop and the call.
        if segment.differentiable or getrefcount(version) > 4:
            return True
    return False


def _find_plan(
    node: Node, ending: Ending, live: tuple[int, ...], segment: Any
) -> Plan | None:
    if not ending.plans:
        return None
    keeps = node.writes and _keeps_versions(segment)
    plan: Plan | None = ending.plans.get((live, keeps))
    if plan is not None:
        return plan
    wanted = set(live)
    # A copy, for another thread may add one meanwhile.
    for (slots, plan_keeps), plan in list(ending.plans.items()):
        if (
            plan_keeps >= keeps
            and (ending.widened or len(slots) - len(live) <= MOST_UNWANTED)
            and wanted.issubset(slots)
        ):
            return plan
    return None


def _compile_if_due(
    node: Node, ending: Ending, live: tuple[int, ...], segment: Any
) -> Plan | None:
    if ending.seconds_lost < PATIENCE * _cost.expected(node):
        return None
    if any(step.refused for step in node.path()):
        ending.seconds_lost = -math.inf  # a gradient that no graph can hold
        return None
    with lock:
        slots = live
        if len(ending.plans) >= MOST_PLANS_OF_A_NODE:
            slots = tuple(sorted(set(live).union(*(slots for slots, _ in ending.plans))))
            for plan in ending.plans.values():
                _plans.pop(id(plan), None)
            ending.plans.clear()
            ending.widened = True
        keeps = node.writes and _keeps_versions(segment)
        if (slots, keeps) in ending.plans:
            return None
        ending.seconds_lost = 0.0
        try:
            with uncollected():
                plan = Plan(node, slots, keeps, segment.inputs)
        except NotPlannable as error:
            _refuse(error.node)
            return None
        except Exception as error:  # a fault of tfimp's or TensorFlow's, or the end of memory
            ending.seconds_lost = -math.inf
            warn_not_compiled(error)
            return None
        for step in node.path():
            # The recorder looks up the first call of a segment, and the call that is one too many.
            step.hot = 1 < step.depth < LONGEST_SEGMENT
        ending.plans[slots, keeps] = plan
        _hold(plan)
    return plan


def _hold(plan: Plan) -> None:
    """Keeps a plan within the bound on plans; drops the one compiled or run longest ago."""
    _plans[id(plan)] = plan
    while len(_plans) > MOST_PLANS:
        _, oldest = _plans.popitem(last=False)
        if oldest.node.ending is not None:
            oldest.node.ending.plans.pop((oldest.slots, oldest.keeps_versions), None)


def _refuse(node: Node) -> None:
    node.refused = True
    node.repeatable = False
    node.compiled = node.hot = False
    for dropped in (node, *node.descendants()):
        _forget_plans(dropped)
    node.drop_children()
    node.ending = None


def _forget_plans(node: Node) -> None:
    if node.ending is not None:
        for plan in node.ending.plans.values():
            _plans.pop(id(plan), None)
        node.ending.plans.clear()  # a history may hold the node


def clear_traces() -> None:
    """Drops every trace and every plan; nothing may be pending."""
    with lock:
        for plan in list(_plans.values()):
            _forget_plans(plan.node)
        tree.clear()


def _run_plan(plan: Plan, segment: Any) -> None:
    began = 0.0 if plan.warm else time.perf_counter()
    ran: list[list[Any]] = []
    try:
        plan.run(segment.feeds, ran)
        _store_results(plan, segment, ran[0])
    except Exception as error:
        _recover(segment, error)
        return
    except BaseException as interruption:
        if ran:  # Python told of Ctrl-C once the plan had run
            _store_results(plan, segment, ran[0])
        else:
            segment.error = note_interruption(interruption, None)
        raise
    if not plan.warm:
        plan.warm = True
        _cost.learn(plan, plan.seconds + time.perf_counter() - began)
    counters.plans_run += 1
    try:
        _plans.move_to_end(id(plan))
    except KeyError:  # it was dropped, by another thread it may be
        return


def _store_results(plan: Plan, segment: Any, results: list[Any]) -> None:
    produced = segment.produced
    for slot, value in zip(plan.slots, results, strict=False):
        produced[slot]._value = value
    if plan.written:
        inputs = segment.inputs
        if plan.keeps_versions:
            kept = results[len(plan.slots):]
            for number, value in zip(plan.written, kept, strict=True):
                inputs[number].keep_version(value)


def _recover(segment: Any, error: Exception) -> None:
    """Makes a failed plan's error that of the op call, as eager mode would have raised it."""
    if not segment.cursor.writes or not isinstance(error, tf.errors.ResourceExhaustedError):
        run_pending(segment)  # fails in the same place, with TensorFlow eager's own words
        return
    # A plan assigns after everything that values can make fail, but memory may end there too.
    path = segment.cursor.path()
    replay = Replay(path, segment.functional_inputs(range(len(segment.inputs))), functional=True)
    failed = None
    try:
        replay.run()  # on values, to find the op call without writing anything
    except Exception:
        failed = replay.failed
    for step in path:
        for number in step.written:
            segment.inputs[number].lose_version()
    report_failed_plan(error, segment, failed)


def run_pending(segment: Any) -> None:
    """Carries out by tier 0 the op calls of a segment that were only recorded."""
    node: Node = segment.cursor
    path = node.path()
    segment.deferring = False
    began = time.perf_counter()
    replay = Replay(path, eager_inputs(segment), functional=False)
    segment.tape = ForwardTape() if local.tapes or path[0].differentiated else None
    segment.running = True  # what an op call reads of a variable is not to end the segment
    try:
        for number in {number for step in path for number in step.written}:
            variable = segment.inputs[number]
            variable.keep_version(variable.value_at(segment.versions[number]))
        with segment.tape.recording(segment, node.depth) if segment.tape else own_tapes_paused():
            replay.run()
    except Exception as error:
        segment.error = error
        _store_values(segment, replay)
        note_failed_call(error, replay.failed)
        raise
    except BaseException as interruption:
        _store_values(segment, replay)
        segment.error = note_interruption(interruption, replay.failed)
        raise
    finally:
        segment.running = False
    _store_values(segment, replay)
    counters.calls_run_by_tier_0 += node.depth
    segment.seconds += time.perf_counter() - began


def _store_values(segment: Any, replay: Replay) -> None:
    for output, value in replay.values.items():
        segment.produced[output.slot]._value = value


def eager_inputs(segment: Any) -> list[Any]:
    """The inputs of a segment as TensorFlow eager takes them."""
    return [eager_input(value, feed) for value, feed in zip(
        segment.inputs, segment.feeds, strict=True
    )]


def eager_input(value: Any, feed: Any) -> Any:
    """One input of a segment as TensorFlow eager takes it."""
    if isinstance(value, GuardedVariable):
        return value.native
    if value is ARRAY:
        return CopiedArray(feed).natural()
    if type(value) is tuple and value[0] is SCALAR:
        return value[1]
    return feed
