"""The runtime is built as docs/architecture.md says."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNTIME = "tfimp.runtime"


def modules() -> dict[str, Path]:
    """The files of the runtime by module; a package goes by its own name."""
    files = (ROOT / "tfimp" / "runtime").rglob("*.py")
    paths = {file.relative_to(ROOT).with_suffix(""): file for file in files}
    return {".".join(path.parts).removesuffix(".__init__"): paths[path] for path in sorted(paths)}


def imports(file: Path) -> Iterator[str]:
    """The modules of the runtime that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"a relative import in {file}"
            # What is imported from a package is a module of it, or a name in its own file.
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (members & MODULES.keys()) or {node.module or ""} & MODULES.keys()
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & MODULES.keys()


MODULES = modules()
IMPORTS = {module: set(imports(file)) for module, file in MODULES.items()}


def part_of(module: str) -> str:
    """The name by which the table knows a module: that of its file, or of the package it is in."""
    return module.removeprefix(RUNTIME).lstrip(".").partition(".")[0]


def rows() -> list[list[str]]:
    """The names in each row of the table; every one begins an entry."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("`runtime/` is what rewritten code calls.")[2].split("\n\n")[1]
    found = []
    for line in table.splitlines()[2:]:
        entries = line.strip("| ").partition(" | ")[2].split("; ")
        names = [re.match(r"`(\w+)/?` ", entry) for entry in entries]
        assert all(names), f"an entry that begins with no name in: {line}"
        found.append([name[1] for name in names if name])
    return found


def test_table_names_every_file_of_the_runtime_once() -> None:
    named = sorted(name for row in rows() for name in row)
    assert named == sorted({part_of(module) for module in MODULES} - {""})


def test_file_imports_from_its_own_row_and_rows_above_it() -> None:
    row_of = {name: number for number, row in enumerate(rows()) for name in row}
    for module in MODULES.keys() - {RUNTIME}:
        for imported in IMPORTS[module] - {RUNTIME}:
            assert row_of[part_of(imported)] <= row_of[part_of(module)], f"{module}: {imported}"


def test_imports_make_no_circle() -> None:
    graphlib.TopologicalSorter(IMPORTS).prepare()
    parts: dict[str, set[str]] = {}
    for module, imported in IMPORTS.items():
        others = {part_of(each) for each in imported} - {part_of(module)}
        parts.setdefault(part_of(module), set()).update(others)
    graphlib.TopologicalSorter(parts).prepare()
