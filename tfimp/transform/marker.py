"""Find the comment that marks a module: `# tfimp: eager`.

The comment stands on a line of its own among the module's leading comments, that is before its
docstring or right after it.  Every imported module is scanned, so that the common cases are decided
here, with a few searches for bytes; the rest is in `directives.py`.
"""

from __future__ import annotations

import os
from io import BytesIO, FileIO

# What is read at first, in bytes, and what next: that is most modules in full.
_HEAD, _NEXT = 4096, 32768
_NAME = b"tfimp"
_MARK = b"# tfimp: eager"
_FIRST_LINE = _MARK + b"\n"
_TRIPLE_QUOTES = (b'"""', b"'''")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def is_marked(source: bytes | str, filename: str) -> bool:
    """Tell whether the module with this source is marked.

    Raises SyntaxError for a directive among the leading comments that is not known, and warns
    (SyntaxWarning) of one that stands where it has no effect.
    """
    if isinstance(source, str):
        if "tfimp" not in source:
            return False
    elif _NAME not in source:
        return False
    from . import directives

    return directives.mark_module(source, filename)


def is_marked_file(path: str, *, is_library: bool = False) -> bool:
    """Tell whether the module in a file is marked, as quickly as can be.

    A module that is certainly marked is not looked at further: what else is wrong with its
    directives is found out when it is compiled.  A library is not read beyond its leading comments,
    so that nothing is said of directives below them.  Raises OSError and SyntaxError.
    """
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        source = os.read(file, _HEAD)
        if source.startswith(_FIRST_LINE):
            return True
        mentioned = _NAME in source
        if mentioned and _is_clearly_marked(source):
            return True
        if len(source) == _HEAD:
            if is_library and not mentioned and -1 < _first_code(source) < _HEAD:
                return False
            rest = os.read(file, _NEXT)
            if len(rest) == _NEXT:
                rest += FileIO(file, closefd=False).readall()
            border = source[1 - len(_NAME) :] + rest[: len(_NAME) - 1]
            mentioned = mentioned or _NAME in rest or _NAME in border
            if mentioned:
                source += rest
    finally:
        os.close(file)
    if not mentioned:
        return False
    from . import directives

    return directives.mark_module(source, path)


def _is_clearly_marked(source: bytes) -> bool:
    """Whether the mark, in its usual spelling, is a whole line among the leading comments."""
    begin = source.find(_MARK)
    end = begin + len(_MARK)
    # The first slice is empty at the beginning of the source, and then in any bytes.
    return (
        begin != -1
        and source[max(begin - 1, 0) : begin] in b"\r\n"
        and source[end : end + 1] in (b"\r", b"\n")
        and _first_code(source[:begin]) == begin
    )


def _first_code(source: bytes) -> int:
    """Where the code begins below comments and docstring: at the end of the source if it has none.

    Only a docstring in triple quotes is known as such; the answer is -1 if there is any doubt.
    """
    if b"\r" in source and source.count(b"\r") != source.count(b"\r\n"):
        return -1  # line ends of old
    begin = len(_BYTE_ORDER_MARK) if source.startswith(_BYTE_ORDER_MARK) else 0
    position = _after_comments(source, begin)
    quotes = source[position : position + 3]
    if quotes in _TRIPLE_QUOTES:
        end = source.find(quotes, position + 3)
        if end == -1 or b"\\" in source[position:end]:
            return -1
        position = _after_comments(source, end + 3)
    # What begins so may be a docstring too, or more of it, or its first letters.
    start = source[position : position + 3].lstrip(b"rRbBuUfFtT")[:1]
    if position < len(source) and start in b"\\\"'":
        return -1
    return position


def _after_comments(source: bytes, position: int) -> int:
    """The first place that is neither space nor comment, the end of the source if there is none."""
    lines = BytesIO(source)
    lines.seek(position)
    for line in lines:
        text = line.lstrip(b" \t\f\r\n")
        if text and not text.startswith(b"#"):
            return lines.tell() - len(text)
    return len(source)
