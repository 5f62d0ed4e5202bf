"""Rewrite every file of the standard library, as if all were marked.

    python -m tests.transform.stdlib [--show] [--every N] [folder]

The files are shared out among as many processes as there are cores.  Each must compile, and must be
the original again, positions included, when what the rewriter put in is taken out.  With --show,
what is printed must parse to what would run.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import sys
import sysconfig
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tfimp.transform.injected import free_name
from tfimp.transform.rewriter import compile_tree, on_deep_trees_too, rewrite
from tfimp.transform.show import unparse

from .undo import undo


def check(path: Path, show: bool) -> str | None:
    """What is wrong with the rewriting of a file, "not Python" if Python refuses the file."""
    source = path.read_bytes()
    try:
        original = ast.parse(source)
        compile(source, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return "not Python"
    try:
        tree = rewrite(source, str(path))
        compile_tree(tree, source, str(path))
        if show:
            unparse(tree)
        runtime = free_name(source.decode("utf-8", "replace"))
        undone = on_deep_trees_too(lambda: undo(tree, runtime))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None if same(undone, original) else "differs from the original when undone"


def same(one: object, other: object) -> bool:
    """Whether two trees are the same, positions included."""
    pending = [(one, other)]
    while pending:
        one, other = pending.pop()
        if one.__class__ is not other.__class__:
            return False
        if isinstance(one, ast.AST):
            names = one._fields + one._attributes
            pending += [(getattr(one, name, None), getattr(other, name, None)) for name in names]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending += zip(one, other, strict=True)
        elif one != other:
            return False
    return True


def _check(path: Path, show: bool) -> tuple[Path, str | None]:
    warnings.simplefilter("ignore")
    return path, check(path, show)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=sysconfig.get_path("stdlib"))
    parser.add_argument("--show", action="store_true", help="also print each file")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth file")
    options = parser.parse_args(arguments)
    begin = time.perf_counter()
    refused = wrong = 0
    files = [p for p in Path(options.folder).rglob("*.py") if "site-packages" not in p.parts]
    files = sorted(files)[:: options.every]
    # Spawned, for a process that has threads should not be forked.
    with multiprocessing.get_context("spawn").Pool() as pool:
        check_each = partial(_check, show=options.show)
        for path, result in pool.imap_unordered(check_each, files, chunksize=4):
            if result == "not Python":
                refused += 1
            elif result is not None:
                wrong += 1
                print(f"{path}: {result}")
    seconds = time.perf_counter() - begin
    print(
        f"Python {sys.version.split()[0]}: {len(files)} files, {refused} of them no Python,"
        f" {wrong} wrong, {seconds:.0f} s"
    )
    return 1 if wrong or len(files) == refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
