"""Debuggers, tracers, coverage tools and profilers: the mark makes no difference.

Each test imports a module twice, without the mark and with it, lets a tool loose on both, and
compares what the tool has to say.
"""

from __future__ import annotations

import bdb
import cProfile
import io
import json
import pdb
import pstats
import sys
import trace
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import coverage
import pytest

from .program import PROGRAM, line_of


def lines_run(load: Callable[[], Any], start: Callable[[Callable[..., Any]], Any]) -> list[Any]:
    """Imports and runs the module while a tool is on; the lines that the tool was told of."""
    seen: list[Any] = []

    def note(code: types.CodeType, *event: Any) -> None:
        if code.co_filename.endswith("looked_at.py"):
            seen.append((code.co_qualname, *event))

    with start(note):
        load().run()
    return seen


@pytest.mark.parametrize(
    "failing",
    [
        "if (1 and\n        1 / zero): pass",
        "while [x for x in (1,) if x if x / zero]: pass",
        "print(1, *[2], f'{zero / zero}')",
        "for x in range(2):\n    x + x / zero",
        "assert zero == 1 and zero, f'{[].x}'",
        "assert zero or zero - 'a'",
        "x = 1 if not missing else 2",
        "for x in missing(1): x()",
        "match zero:\n    case 0 if zero.x: pass",
        "import missing.module as m",
        "lambda: 0\nif (lambda: zero.x)(): pass",
        "try:\n    if zero.x: pass\nfinally:\n    print(zero / zero)",
        "raise ExceptionGroup('a', [ValueError(f'{zero}')])",
    ],
)
def test_a_traceback_is_the_same_to_the_last_caret(compare: Any, failing: str) -> None:
    def look(load: Any) -> str:
        module = load()
        try:
            module.f(0)
        except Exception:
            return traceback.format_exc()
        return "nothing was raised"

    body = failing.replace("\n", "\n    ")
    text = compare(f"def f(zero):\n    {body}\n", look)
    assert 'looked_at.py", line 3' in text or 'looked_at.py", line 4' in text


def test_a_breakpoint_stops_where_it_was_set_and_steps_go_from_line_to_line(compare: Any) -> None:
    commands = f"""\
        break looked_at.py:{line_of("if (x and")}
        break Shape.grow
        tbreak looked_at.py:{line_of("total += add")}
        continue
        where
        p x, y
        next
        return
        clear 1
        continue
        up
        p side if "side" in locals() else sides
        down
        step
        step
        step
        step
        clear 2
        continue
        p total, n
        until {line_of("try:")}
        p total
        list .
        next
        next
        next
        display total
        continue
        """

    def look(load: Any) -> str:
        module = load()
        output = io.StringIO()
        # As in a profile, there are frames of tfimp, which `step` would enter.
        debugger = pdb.Pdb(
            stdin=io.StringIO(dedent(commands)),
            stdout=output,
            skip=["tfimp.*"],
            nosigint=True,
            readrc=False,
        )
        before = sys.gettrace()
        try:
            debugger.runcall(module.run)
        finally:
            sys.settrace(before)
            bdb.Breakpoint.clearBreakpoints()
        # That the file has changed, between the two, is true but not to the point.
        lines = output.getvalue().replace("# tfimp: eager", "# not marked").splitlines()
        return "\n".join(line for line in lines if "was edited" not in line)

    text = compare(PROGRAM, look)
    assert text.count("Breakpoint ") == 3
    for line, function in (
        ("if (x and", "add"),
        ("for side in self", "grow"),
        ("if side == 2", "grow"),
        ("total += add", "loops"),
    ):
        assert f"({line_of(line)}){function}()" in text


def test_a_tracer_is_told_of_the_same_lines(compare: Any) -> None:
    class Tracing:
        def __init__(self, note: Any) -> None:
            self.note = note

        def trace(self, frame: types.FrameType, event: str, _: object) -> Any:
            self.note(frame.f_code, event, frame.f_lineno)
            return self.trace

        def __enter__(self) -> None:
            self.before = sys.gettrace()
            sys.settrace(self.trace)

        def __exit__(self, *_: object) -> None:
            sys.settrace(self.before)

    def look(load: Any) -> Any:
        seen = lines_run(load, Tracing)
        # Until 3.12 the line of the jump after a test depends on the kind of the test's expression.
        return seen if sys.version_info >= (3, 12) else set(seen)

    assert len(compare(PROGRAM, look)) > 70


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
def test_monitoring_is_told_of_the_same_lines_and_calls(compare: Any) -> None:
    if sys.version_info < (3, 12):
        return
    monitoring = sys.monitoring
    events = monitoring.events

    class Monitoring:
        def __init__(self, note: Any) -> None:
            self.note = note

        def __enter__(self) -> None:
            monitoring.use_tool_id(4, "test")
            for event, name in ((events.LINE, "line"), (events.PY_START, "start")):
                monitoring.register_callback(
                    4,
                    event,
                    lambda code, at, name=name: self.note(code, name, name == "line" and at),
                )
            monitoring.set_events(4, events.LINE | events.PY_START)

        def __exit__(self, *_: object) -> None:
            monitoring.set_events(4, 0)
            monitoring.free_tool_id(4)

    assert len(compare(PROGRAM, lambda load: lines_run(load, Monitoring))) > 70


@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
def test_coverage_of_lines_and_branches(
    compare: Any, core: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("new in Python 3.12")
    monkeypatch.setenv("COVERAGE_CORE", core)
    monkeypatch.chdir(tmp_path)
    branches = core != "sysmon" or sys.version_info >= (3, 14)

    def look(load: Any) -> Any:
        measured = coverage.Coverage(
            data_file=None, config_file=False, branch=branches, include=["*looked_at.py"]
        )
        before = sys.gettrace()
        with measured.collect():
            load().run()
        sys.settrace(before)
        measured.json_report(outfile="report.json")
        return json.loads(Path("report.json").read_text())["files"]["looked_at.py"]

    report = compare(PROGRAM, look)
    never = line_of("def never")
    assert report["missing_lines"] == [never + 1, never + 2, never + 3, never + 4]
    assert len(report["executed_lines"]) > 40
    if branches:
        assert len(report["executed_branches"]) > 10 and len(report["missing_branches"]) > 3


def test_profilers_count_the_same_calls(compare: Any) -> None:
    def look(load: Any) -> Any:
        module = load()
        profiler = cProfile.Profile()
        profiler.runcall(module.run)
        stats: Any = pstats.Stats(profiler)
        return {
            (line, name): (calls, primitive)
            for (file, line, name), (primitive, calls, *_) in stats.stats.items()
            if file.endswith("looked_at.py")
        }

    calls = compare(PROGRAM, look)
    assert calls[line_of("@traced"), "add"] == (5, 5)
    assert len(calls) > 6


def test_the_trace_module_counts_the_same_lines(compare: Any) -> None:
    def look(load: Any) -> Any:
        module = load()
        tracer = trace.Trace(count=1, trace=0)
        before = sys.gettrace()
        tracer.runfunc(module.run)
        sys.settrace(before)
        counts = tracer.results().counts
        lines = {line: n for (file, line), n in counts.items() if file.endswith("looked_at.py")}
        return lines if sys.version_info >= (3, 12) else set(lines)

    assert len(compare(PROGRAM, look)) > 30
