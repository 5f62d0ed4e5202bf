"""Makes a program that fails as small as can be while it fails."""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_ATTEMPTS = 250


def reduced(source: str, difference: Callable[[str], str | None]) -> str:
    """A program of fewer lines whose difference is of the same sort.

    Args:
        difference: what a program does differently, or None.
    """
    found = difference(source)
    if found is None:
        return source
    sort = _sort(found)
    attempts = 0

    def fails(lines: list[str]) -> bool:
        nonlocal attempts
        attempts += 1
        text = "\n".join(lines) + "\n"
        try:
            compile(text, "program", "exec")
        except SyntaxError:
            return False
        seen = difference(text)
        return seen is not None and _sort(seen) == sort and "NameError" not in seen

    lines = source.rstrip("\n").split("\n")
    changed = True
    while changed and attempts < MOST_ATTEMPTS:
        changed = False
        position = len(lines) - 1
        while position >= 0 and attempts < MOST_ATTEMPTS:
            for candidate in _without(lines, position):
                if fails(candidate):
                    lines = candidate
                    changed = True
                    break
            position = min(position, len(lines)) - 1
    return "\n".join(lines) + "\n"


def _sort(difference: str) -> str:
    """What kind of difference it is, whatever the values and line numbers."""
    if "raised" in difference:
        return re.sub(r"\d+", "", difference.split("tfimp raised")[-1])[:80]
    return "values"


def _without(lines: list[str], position: int) -> list[list[str]]:
    """The lines without one, or with its block, or with its block in its place."""
    indent = _indent(lines[position])
    end = position + 1
    while end < len(lines) and _indent(lines[end]) > indent:
        end += 1
    if lines[position].startswith("import "):
        return []
    found = [lines[:position] + lines[end:]]
    if end > position + 1:
        inside = [line[4:] for line in lines[position + 1 : end]]
        found.append(lines[:position] + inside + lines[end:])
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
