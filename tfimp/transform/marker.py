"""Find the comment that marks a module: `# tfimp: eager`.

The comment stands on a line of its own among the module's leading comments, that is before its
docstring or right after it.  Every imported module is scanned, therefore nearly every one is turned
down by the search for a few bytes that stands here; the rest is in `directives.py`.
"""

from __future__ import annotations


def is_marked(source: bytes | str, filename: str) -> bool:
    """Tell whether the module with this source is marked.

    Raises SyntaxError for a directive among the leading comments that is not known, and warns
    (SyntaxWarning) of one that stands where it has no effect.
    """
    if isinstance(source, str):
        if "tfimp" not in source:
            return False
    elif b"tfimp" not in source:
        return False
    from . import directives

    return directives.mark_module(source, filename)
