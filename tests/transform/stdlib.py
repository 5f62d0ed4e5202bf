"""Rewrite every file of the standard library, as if all were marked.

    python -m tests.transform.stdlib [--show] [--every N] [folder]

Each must compile, and must be the original again, positions included, when what the rewriter put in
is taken out.  With --show, what is printed must parse to what would run.
"""

from __future__ import annotations

import argparse
import ast
import sys
import sysconfig
import time
import warnings
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
        same = on_deep_trees_too(lambda: _dump(undo(tree, runtime)) == _dump(original))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None if same else "differs from the original when undone"


def _dump(tree: ast.AST) -> str:
    return ast.dump(tree, include_attributes=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=sysconfig.get_path("stdlib"))
    parser.add_argument("--show", action="store_true", help="also print each file")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    count = refused = wrong = 0
    files = [p for p in Path(options.folder).rglob("*.py") if "site-packages" not in p.parts]
    for path in sorted(files)[:: options.every]:
        count += 1
        result = check(path, options.show)
        if result == "not Python":
            refused += 1
        elif result is not None:
            wrong += 1
            print(f"{path}: {result}")
    seconds = time.perf_counter() - begin
    print(
        f"Python {sys.version.split()[0]}: {count} files, {refused} of them no Python,"
        f" {wrong} wrong, {seconds:.0f} s"
    )
    return 1 if wrong or count == refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
