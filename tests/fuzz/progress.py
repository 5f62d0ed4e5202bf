"""What the command has done so far, kept in a file, so that it can be stopped and continued."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

SECONDS_BETWEEN_SAVES = 5.0

_NOT_THE_WRITER = (
    "command", "comparison", "progress", "reduction", "test_command", "test_programs", "workers",
)


class Progress:
    """The numbers of the programs that were compared.

    Programs are other ones once the writer has changed: then all begins anew.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = _fingerprint()
        self._saved = time.monotonic()
        self.done: set[int] = set()
        self.differing: set[int] = set()
        if path.exists():
            kept = json.loads(path.read_text())
            if kept["writer"] == self._writer:
                self.done = {n for first, last in kept["done"] for n in range(first, last + 1)}
                self.differing = set(kept["differing"])

    def note(self, number: int, differs: bool) -> None:
        """Notes that a program was compared."""
        self.done.add(number)
        (self.differing.add if differs else self.differing.discard)(number)
        if differs or time.monotonic() - self._saved > SECONDS_BETWEEN_SAVES:
            self.save()

    def save(self) -> None:
        """Writes the file."""
        self._saved = time.monotonic()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        content = {
            "writer": self._writer,
            "done": _ranges(self.done),
            "differing": sorted(self.differing),
        }
        new.write_text(json.dumps(content))
        new.replace(self._path)


def _ranges(numbers: set[int]) -> list[tuple[int, int]]:
    """The first and last of each run of numbers without a gap."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def _fingerprint() -> str:
    """Changes when the writer of programs does."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in _NOT_THE_WRITER:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
