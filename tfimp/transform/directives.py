"""Read the comments that are addressed to tfimp, and say what is wrong with them.

Only Python's tokenizer can tell a comment from a line of a string; it runs for the few sources in
which a line looks like a directive.
"""

from __future__ import annotations

import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from typing import NamedTuple

DIRECTIVE = "# tfimp: eager"

# What may be a comment of ours, anywhere in a line ...
_CANDIDATE = re.compile(r"#[ \t]*tfimp\b")
_CANDIDATE_BYTES = re.compile(_CANDIDATE.pattern.encode())
# ... and what it says: a separator, which should be a colon, and the rest.
_COMMENT = re.compile(r"#\s*tfimp\b\s*([^\w\s]?)\s*(.*?)\s*$", re.DOTALL)


class _Directive(NamedTuple):
    text: str
    separator: str
    word: str
    filename: str
    line: int
    column: int
    source_line: str
    leading: bool  # on a line of its own, among the leading comments

    @property
    def known(self) -> bool:
        return (self.separator, self.word) == (":", "eager")

    def error(self, message: str) -> SyntaxError:
        end = self.column + len(self.text)
        place = (self.filename, self.line, self.column + 1, self.source_line, self.line, end + 1)
        return SyntaxError(message, place)


def mark_module(source: bytes | str, filename: str) -> bool:
    """See `marker.is_marked`."""
    marked, without_effect = _examine(source, filename)
    for directive in without_effect:
        _warn_without_effect(directive)
    return marked


def check(source: bytes | str, filename: str) -> bool:
    """Complain of the directives in a source, as `marker.is_marked` does.

    Returns:
        Whether nothing was said.
    """
    _, without_effect = _examine(source, filename)
    for directive in without_effect:
        _warn_without_effect(directive)
    return not without_effect


def _examine(source: bytes | str, filename: str) -> tuple[bool, list[_Directive]]:
    """Whether a module is marked, and its directives that have no effect where they stand."""
    marked = False
    without_effect: list[_Directive] = []
    for directive in _directives(source, filename):
        if not directive.leading:
            # A single word is a directive, several are prose.
            if directive.word.isidentifier():
                without_effect.append(directive)
        elif directive.known:
            marked = True
        else:
            raise directive.error(f"unknown directive, did you mean `{DIRECTIVE}`?")
    return marked, without_effect


def _last_candidate(source: bytes | str) -> int:
    """The last line that may hold a directive, 0 if there is none."""
    line = end = 0
    if isinstance(source, str):
        for match in _CANDIDATE.finditer(source):
            line += source.count("\n", end, match.end())
            end = match.end()
    else:
        for found in _CANDIDATE_BYTES.finditer(source):
            line += source.count(b"\n", end, found.end())
            end = found.end()
    return line + 1 if end else 0


def _with_line_feeds(source: bytes | str) -> bytes | str:
    """The source with the line ends that Python's tokenizer knows; its compiler knows others."""
    if isinstance(source, str):
        return source.replace("\r\n", "\n").replace("\r", "\n")
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _directives(source: bytes | str, filename: str) -> Iterator[_Directive]:
    if not _last_candidate(source):
        return
    source = _with_line_feeds(source)
    last = _last_candidate(source)
    # Where the walk over the tokens stands: in comments, in the docstring's statement, in code.
    state = "comments"
    seen_docstring = False
    try:
        for kind, text, (line, column), _, source_line in _tokens(source):
            if line > last:
                return
            if kind == tokenize.COMMENT:
                leading = state == "comments" and not source_line[:column].strip()
                directive = _read(text, filename, line, column, source_line, leading)
                if directive is not None:
                    yield directive
            elif kind in (tokenize.NL, tokenize.ENCODING) or state == "code":
                continue
            elif kind == tokenize.STRING and not seen_docstring:
                state = "docstring"
            elif kind == tokenize.NEWLINE and state == "docstring":
                state, seen_docstring = "comments", True
            else:
                state = "code"
    except (tokenize.TokenError, SyntaxError):
        # No Python from here on.  Compiling it will say so in Python's own words.
        return


def _tokens(source: bytes | str) -> Iterator[tokenize.TokenInfo]:
    if isinstance(source, str):
        return tokenize.generate_tokens(io.StringIO(source).readline)
    return tokenize.tokenize(io.BytesIO(source).readline)


def _read(
    text: str, filename: str, line: int, column: int, source_line: str, leading: bool
) -> _Directive | None:
    """The directive that a comment holds: `tfimp:` and anything, or `tfimp` and the known word."""
    match = _COMMENT.match(text)
    if match is None or not (match[1] == ":" or match[2].lower() == "eager"):
        return None
    return _Directive(text, match[1], match[2], filename, line, column, source_line, leading)


def _warn_without_effect(directive: _Directive) -> None:
    message = (
        f"`{directive.text}` has no effect here: to mark the module, `{DIRECTIVE}` must stand on a"
        " line of its own among its leading comments"
    )
    try:
        warnings.warn_explicit(message, SyntaxWarning, directive.filename, directive.line)
    except SyntaxWarning:
        # Warnings are errors: this becomes a SyntaxError, as it does in Python's compiler.
        raise directive.error(message) from None
