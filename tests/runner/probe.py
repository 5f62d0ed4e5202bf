"""A program that tells what it sees, and the ways to start it."""

from __future__ import annotations

# Tells all that a program can see of how it was started.
PROBE = """\
import dataclasses, inspect, json, linecache, os, pickle, sys, traceback, typing, warnings
class Local: pass
@dataclasses.dataclass
class Point:
    x: "int or None"
    local: "Local" = None
def outcome(function, *arguments):
    try:
        return str(function(*arguments))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
def divide(by):
    return 1 / by
try:
    divide(0)
except ZeroDivisionError:
    caught = traceback.format_exc()
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    warnings.warn("here")
import __main__
main = sys.modules["__main__"]
spec = __spec__ and [__spec__.name, __spec__.origin, __spec__.parent, __spec__.cached]
names = [name for name in globals() if not name.startswith("_tf")]
loader = getattr(__loader__, "__name__", None) or type(__loader__).__name__
print(json.dumps({
    "names": names,
    "same dict": main.__dict__ is globals(), "imported": __main__ is main,
    "name": __name__, "doc": __doc__, "package": __package__, "spec": spec,
    "file": globals().get("__file__", "absent"), "cached": globals().get("__cached__", "absent"),
    "builtins": type(__builtins__).__name__, "annotations": __annotations__, "loader": loader,
    "argv": sys.argv, "path": sys.path, "cwd": os.getcwd(), "flags": sys.flags,
    "options": [sys.warnoptions, sys._xoptions], "prompt": hasattr(sys, "ps1"),
    "code file": sys._getframe().f_code.co_filename,
    "pickled": type(pickle.loads(pickle.dumps(Local()))) is Local,
    "dataclass": repr(pickle.loads(pickle.dumps(Point(1)))),
    "hints": outcome(typing.get_type_hints, Point),
    "source": outcome(inspect.getsource, Point), "module": str(inspect.getmodule(Local)),
    "source file": outcome(inspect.getsourcefile, divide),
    "line": linecache.getline(divide.__code__.co_filename, 3),
    "module line": linecache.getline(divide.__code__.co_filename, 3, globals()),
    "caught": caught, "warned": [(w.filename, w.lineno) for w in warned],
}))
if len(sys.argv) > 5: pass
"""
MARKED_PROBE = "# tfimp: eager\n" + PROBE

FORMS = [
    ["probe.py"],
    ["./probe.py"],
    ["links/link.py"],
    ["folder"],
    ["folder/"],
    ["links/folder"],
    ["archive.zip"],
    ["-m", "probe"],
    ["-mprobe"],
    ["-m", "package"],
    ["-m", "package.module"],
    ["-c"],
    ["-"],
    [],
]

# One of each kind of program, for what is the same however a kind is written.
KINDS = [
    ["probe.py"],
    ["folder"],
    ["archive.zip"],
    ["-m", "probe"],
    ["-m", "package"],
    ["-c"],
    ["-"],
]
