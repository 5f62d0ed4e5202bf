"""Keep the code of rewritten modules beside Python's own bytecode.

The file is in the same `__pycache__` as Python's, and its name says what made it:

    module.cpython-312-tfimp-5b0c61e2.opt-1.pyc

The number stands for tfimp's version, the files of the rewriter and gast.  The layout is that of
any `.pyc`, followed by what else must agree: the module's name, which its code holds, the
nanoseconds of the source's time, since Python's seconds do not tell quick edits apart, and a digest
of what stands before it.  Plain bytecode that gets to this place lacks that end and is not taken
for ours, nor is half a file.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import MAGIC_NUMBER, cache_from_source
from importlib.util import source_hash as digest
from io import FileIO
from types import CodeType

_SECOND = 10**9
# A file that is changed twice within this time may keep its time: the clock of most file systems
# ticks each 4 or 10 ms, that of some each two seconds.
_TICK, _COARSE_TICK = _SECOND // 20, 2 * _SECOND
_NUMBER = 8  # bytes
_STRIDE = 16  # bytes between those that the digest looks at
_HEADER = 16  # bytes: Python's magic number, no flags, the source's time in seconds, its size


class Entry:
    """What the cache holds of one module, or may hold."""

    def __init__(
        self, fullname: str, path: str, plain_path: str | None = None, kind: str = ""
    ) -> None:
        """Looks at the source, before it is read; raises OSError if there is none.

        The path of its plain bytecode is found out if it is not given, which takes a while.  The
        kind becomes part of the name, where others than the rewriter alone have made the code.
        """
        looked = time.time_ns()
        stat = os.stat(path)
        self.mode = stat.st_mode | 0o200  # of the file, that those may read it who may the source
        self._path = path
        self._name = b"\0" + fullname.encode()
        self._time = stat.st_mtime_ns
        self._header = b"".join((
            MAGIC_NUMBER, b"\0\0\0\0",
            (self._time // _SECOND & 0xFFFFFFFF).to_bytes(4, "little"),
            (stat.st_size & 0xFFFFFFFF).to_bytes(4, "little"),
        ))  # fmt: skip
        self._age = looked - self._time
        self.cached = _path(plain_path or _plain_path(path), kind)

    def read(self) -> CodeType | None:
        """The code, None if it is not there, not in full, or not that of the source."""
        if self.cached is None:
            return None
        try:
            with FileIO(self.cached) as file:
                data: bytes = file.readall()
        except OSError:
            return None
        # From the end: digest, time, name.
        end = len(data) - _NUMBER
        if end < _HEADER + _NUMBER or data[end:] != _digest_of_sample(data, end):
            return None
        if not data.startswith(self._header) or not data.endswith(self._name, 0, end - _NUMBER):
            return None
        if not self._same_time(int.from_bytes(data[end - _NUMBER : end], "little")):
            return None
        code = marshal.loads(memoryview(data)[_HEADER:])
        if not isinstance(code, CodeType):
            return None
        return code if code.co_filename == self._path else _moved(code, self._path)

    def content(self, code: CodeType) -> bytes | None:
        """What is to be written; None if a later edit might leave the source the same time."""
        if self._age < (_TICK if self._time % _SECOND else _COARSE_TICK):
            return None
        source_time = self._time.to_bytes(_NUMBER, "little")
        data = self._header + marshal.dumps(code) + self._name + source_time
        return data + _digest_of_sample(data, len(data))

    def _same_time(self, then: int) -> bool:
        # Archives and images of containers drop the nanoseconds.
        return self._time in (then, then - then % _SECOND)


def _moved(code: CodeType, path: str) -> CodeType:
    """The code of a source that is at another place than when it was compiled."""
    constants = tuple(_moved(c, path) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_filename=path, co_consts=constants)


def _digest_of_sample(data: bytes, end: int) -> bytes:
    """Stands for the bytes before the end, of which it looks at a part.

    It is to tell a file that was not written in full from one that was.  What gets lost when a disk
    is full or a machine stops are blocks of 512 bytes or more.
    """
    return digest(end.to_bytes(_NUMBER, "little") + data[:end:_STRIDE])


def _plain_path(path: str) -> str | None:
    try:
        return cache_from_source(path)
    except NotImplementedError:  # this Python has no cache
        return None


def _path(plain_path: str | None, kind: str) -> str | None:
    """The path of the rewritten code, None if it cannot be told from that of other rewriters."""
    tag = _tag()
    if plain_path is None or not tag:
        return None
    # From the right: the module's own name may hold anything.
    head, python, tail = plain_path.rpartition(f".{sys.implementation.cache_tag}")
    return f"{head}{python}-tfimp-{tag}{kind}{tail}"


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
    return _short_digest((__version__, parts))


def stamp(path: str) -> str:
    """What tells a file from its other versions, likewise.  Raises OSError if there is none."""
    stat = os.stat(path)
    return _short_digest((stat.st_mtime_ns, stat.st_size))


def _short_digest(value: object) -> str:
    return digest(repr(value).encode()).hex()[:8]
