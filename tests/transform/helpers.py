"""What the tests of the rewriter share: source in, expected source out."""

from __future__ import annotations

import ast
from textwrap import dedent

from tfimp.transform.show import show

IMPORT = "import tfimp.runtime.rewritten as _tfimp_\n"


def rewritten(source: str, module_name: str = "m") -> str:
    return show(dedent(source), "m.py", module_name)


def check(source: str, expected: str) -> None:
    """The source is rewritten to what is expected, but for the import of the runtime at the top."""
    got = rewritten(source)
    assert _normal(got) == _normal(IMPORT + dedent(expected))


def check_unchanged(source: str) -> None:
    assert _normal(rewritten(source)) == _normal(dedent(source))


def _normal(source: str) -> str:
    """Layout aside, so that a failure shows two texts to compare."""
    return ast.unparse(ast.parse(source))
