"""The command keeps what it has done and outlives its processes."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

from . import progress, workers
from .progress import Progress
from .workers import Verdict, is_suspended, verdicts


def test_progress_goes_on_where_it_was(tmp_path):
    path = tmp_path / "folder" / "progress.json"
    first = Progress(path)
    for number in (0, 1, 2, 7):
        first.note(number, differs=number == 7)
    first.save()
    again = Progress(path)
    assert again.done == {0, 1, 2, 7}
    assert again.differing == {7}
    again.note(7, differs=False)
    again.save()
    assert Progress(path).differing == set()


def test_progress_begins_anew_when_programs_are_other_ones(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    first = Progress(path)
    first.note(3, differs=True)
    first.save()
    monkeypatch.setattr(progress, "_fingerprint", lambda: "another writer")
    assert Progress(path).done == set()


def answer(connection):
    """Dies of some programs, is tired after others, and differs in others."""
    while True:
        number = connection.recv()
        if number % 5 == 3:
            os._exit(9)
        seen = "differs" if number % 5 == 1 else None
        connection.send((Verdict(number, seen), number % 5 == 2))


def test_processes_are_replaced_when_they_die_or_have_grown():
    found = {verdict.number: verdict for verdict in verdicts(iter(range(7)), 2, answer)}
    assert sorted(found) == list(range(7))
    assert {n for n, v in found.items() if v.difference == "differs"} == {1, 6}
    died = [v for v in found.values() if v.difference and "died with 9" in v.difference]
    assert {v.number for v in died} == {3}
    assert all("import tensorflow" in v.source for v in died)


def never_answer(connection):
    """Hangs."""
    while True:
        connection.recv()


def test_time_runs_out_for_a_process_that_hangs(monkeypatch):
    monkeypatch.setattr(workers, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(workers, "LONGEST", 0.02)
    found = {v.number: v.difference for v in verdicts(iter([4]), 1, never_answer)}
    assert found == {4: "it took more than 0.02 seconds"}


def test_time_does_not_pass_while_the_command_is_suspended(monkeypatch):
    hours = itertools.count(step=3600)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    monkeypatch.setattr(workers, "SECONDS_BETWEEN_LOOKS", 0.01)  # before there is an answer
    assert [verdict.difference for verdict in verdicts(iter([2]), 1, answer)] == [None]


def test_a_suspended_process_is_known():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert not is_suspended(process.pid)
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert is_suspended(process.pid)
        process.send_signal(signal.SIGCONT)
        process.kill()
    assert not is_suspended(process.pid)
