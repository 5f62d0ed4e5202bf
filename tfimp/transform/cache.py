"""Keep the code of rewritten modules beside Python's own bytecode.

Python's loader finds, checks, reads and writes cached bytecode.  Here it is told of another file,
in the same `__pycache__`, whose name says what made it:

    module.cpython-312-tfimp-5b0c61e2.opt-1.pyc

The number stands for tfimp's version, the files of the rewriter and gast.  The layout is that of
any `.pyc`, followed by what else must agree: the module's name, which its code holds, the
nanoseconds of the source's time, since Python's seconds do not tell quick edits apart, and a digest
of what stands before it.  Plain bytecode that gets to this place lacks that end and is not taken
for ours, nor is half a file.
"""

from __future__ import annotations

import os
import sys
import time
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import source_hash as digest

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    Compile = Callable[[bytes, str], tuple[CodeType, bool]]

_SECOND = 10**9
# A file that is changed twice within this time may keep its time: the clock of most file systems
# ticks each 4 or 10 ms, that of some each two seconds.
_TICK, _COARSE_TICK = _SECOND // 20, 2 * _SECOND
_NUMBER = 8  # bytes
_STRIDE = 16  # bytes between those that the digest looks at


class CachedCode(SourceFileLoader):
    """Gives the code of one module: from the cache, or compiled and put there."""

    def __init__(self, fullname: str, path: str, compile_source: Compile, kind: str = "") -> None:
        """Takes what compiles source at a path and says whether the code may be kept.

        Code of another kind than that of the rewriter alone has a file of its own.
        """
        super().__init__(fullname, path)
        self._kind = kind
        self._compile = compile_source
        self._source_time = self._time_of_looking = 0  # in nanoseconds
        self._may_be_kept = False

    # What follows is called by `get_code`, as the documentation of `importlib.abc.SourceLoader`
    # says: `path_stats` for the source, `get_data` for the bytecode and then, if that is not there
    # or too old, for the source, and `set_data` for the bytecode.

    def path_stats(self, path: str) -> dict[str, Any]:
        self._time_of_looking = time.time_ns()
        stat = os.stat(path)
        self._source_time = stat.st_mtime_ns
        return {"mtime": stat.st_mtime, "size": stat.st_size}

    def get_data(self, path: str) -> bytes:
        if path == self.path:
            return super().get_data(path)
        cached = path_for(path, self._kind)
        if cached is None:
            raise OSError("there is no cache")
        data = super().get_data(cached)
        # From the end: digest, time, name.
        end = len(data) - _NUMBER
        if end < _NUMBER or data[end:] != _digest_of_sample(data, end):
            raise OSError("not written by this, or not in full")
        end -= _NUMBER
        if not data.endswith(b"\0" + self.name.encode(), 0, end):
            raise OSError("the code of a module of another name")
        if not self._same_time(data[end : end + _NUMBER]):
            raise OSError("older than the source, or newer")
        return data  # `marshal` does not look at what follows the code

    def source_to_code(  # type: ignore[override]
        self, data: bytes, path: str, *, _optimize: int = -1
    ) -> CodeType:
        code, complete = self._compile(data, path)
        self._may_be_kept = complete and not self._may_change_unseen()
        return code

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        cached = path_for(path, self._kind)
        if cached is None or not self._may_be_kept:
            return
        source_time = self._source_time.to_bytes(_NUMBER, "little")
        body = bytes(data) + b"\0" + self.name.encode() + source_time
        super().set_data(cached, body + _digest_of_sample(body, len(body)), _mode=_mode)

    def _same_time(self, stored: bytes) -> bool:
        then, now = int.from_bytes(stored, "little"), self._source_time
        # Archives and images of containers drop the nanoseconds.
        return now in (then, then - then % _SECOND)

    def _may_change_unseen(self) -> bool:
        """Whether the source is so new that another edit might leave it the same time."""
        tick = _TICK if self._source_time % _SECOND else _COARSE_TICK
        return self._time_of_looking - self._source_time < tick


def _digest_of_sample(data: bytes, end: int) -> bytes:
    """Stands for the bytes before the end, of which it looks at a part.

    It is to tell a file that was not written in full from one that was.  What gets lost when a disk
    is full or a machine stops are blocks of 512 bytes or more.
    """
    return digest(end.to_bytes(_NUMBER, "little") + data[:end:_STRIDE])


def path_for(plain_path: str, kind: str = "") -> str | None:
    """The path of the rewritten code that belongs to a path of plain bytecode.

    It is None where the rewriter cannot be told from others.
    """
    tag = _tag()
    if not tag:
        return None
    folder, separator, name = plain_path.rpartition(os.sep)
    python = sys.implementation.cache_tag
    # From the right: the module's own name may hold anything.
    head, found, tail = name.rpartition(f".{python}")
    assert found, plain_path
    return f"{folder}{separator}{head}{found}-tfimp-{tag}{kind}{tail}"


_known_tag: str | None = None


def _tag() -> str:
    global _known_tag
    if _known_tag is None:
        _known_tag = fingerprint(os.path.dirname(__file__))
    return _known_tag


def fingerprint(folder: str) -> str:
    """What tells this rewriter from others, as eight hexadecimal digits; "" if nothing can.

    Times and sizes of files stand for what is in them, so that no number has to be raised by hand
    when the rewriter is changed, and few files are opened.
    """
    from tfimp import __version__

    gast = PathFinder.find_spec("gast")
    if gast is None or gast.origin is None:
        return ""
    try:
        with os.scandir(folder) as entries:
            files = [(e.name, e.stat()) for e in entries if e.name.endswith((".py", ".pyc"))]
        files.append(("gast", os.stat(gast.origin)))
    except OSError:
        return ""  # in an archive, say
    parts = [(name, stat.st_mtime_ns, stat.st_size) for name, stat in sorted(files)]
    return digest(repr((__version__, parts)).encode()).hex()[:8]
