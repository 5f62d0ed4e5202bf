"""Run CPython's own tests of the language as they are and rewritten.

    python -m tests.transform.cpython [--list] [names]

The tests of each file must have the same outcomes in both: passed, failed or skipped, test by test.
Where the interpreter ships no tests there is nothing to run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from collections.abc import Iterable
from pathlib import Path

_ALL = """
    test_abc test_abstract_numbers test_asyncgen test_augassign test_baseexception test_binop
    test_bool test_builtin test_call test_class test_collections test_compare test_complex
    test_contextlib test_contextlib_async test_coroutines test_dataclasses test_decorators
    test_defaultdict test_descr test_dict test_dictcomps test_dynamic test_dynamicclassattribute
    test_enum test_enumerate test_eof test_except_star test_exception_group
    test_exception_hierarchy test_exception_variations test_exceptions test_extcall test_float
    test_format test_frame test_fstring test_funcattrs test_functools test_future
    test_generator_stop test_generators test_genericalias test_genericclass test_genericpath
    test_genexps test_global test_grammar test_hash test_heapq test_index test_inspect test_int
    test_isinstance test_iter test_itertools test_keywordonlyarg test_lambda test_list
    test_listcomps test_metaclass test_named_expressions test_opcodes test_operator
    test_ordered_dict test_patma test_pep646_syntax test_positional_only_arg test_pow test_print
    test_property test_raise test_range test_richcmp test_scope test_set test_setcomps
    test_slice test_string_literals test_subclassinit test_super test_syntax test_tuple
    test_type_aliases test_type_annotations test_type_params test_type_comments test_typing
    test_unary test_unpack test_unpack_ex test_userdict test_with test_yield_from
"""
FILES = _ALL.split()

# Files that are not run, and why.
EXCLUDED: dict[str, str] = {}

_GLOBALS = "asks which global names a function uses; a rewritten one also uses the runtime's"

# Tests whose outcome may differ, by the end of their names, and why.
EXCLUDED_TESTS = {
    "TestGetClosureVars.test_generator_closure": _GLOBALS,
    "TestGetClosureVars.test_method_closure": _GLOBALS,
    "TestGetClosureVars.test_name_resolution": _GLOBALS,
}

Outcomes = dict[str, str]


class _Result(unittest.TestResult):
    """Notes the outcome of each test; of several, the worst."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Outcomes = {}

    def _note(self, test: unittest.TestCase, outcome: str) -> None:
        name = test.id()
        if self.outcomes.get(name) in (None, "passed"):
            self.outcomes[name] = outcome

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._note(test, "passed")

    def addFailure(self, test, error) -> None:
        self._note(test, f"failed: {error[0].__name__}")

    def addError(self, test, error) -> None:
        self.addFailure(test, error)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self._note(test, "skipped")

    def addExpectedFailure(self, test, error) -> None:
        self._note(test, "failed as expected")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self._note(test, "passed unexpectedly")

    def addSubTest(self, test, subtest, error) -> None:
        if error is not None:
            self._note(test, f"failed: {error[0].__name__}")


def _work(names: Iterable[str], rewritten: bool) -> None:
    """Run the tests in this process and print their outcomes, a line of JSON for each file."""
    report = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    if rewritten:
        import tfimp

        tfimp.install(packages=["test"])
    support = importlib.import_module("test.support")
    support.use_resources = {}  # type: ignore[attr-defined]
    support.verbose = 0  # type: ignore[attr-defined]
    for name in names:
        result = _Result()
        begin = time.perf_counter()
        try:
            with warnings.catch_warnings():
                suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{name}")
                suite.run(result)
        except unittest.SkipTest:
            result.outcomes["the file"] = "skipped"
        seconds = round(time.perf_counter() - begin, 2)
        print(json.dumps([name, result.outcomes, seconds]), file=report, flush=True)


def run(names: list[str], rewritten: bool, folder: str) -> subprocess.Popen[str]:
    """A process that runs the tests of some files."""
    command = [sys.executable, "-X", "utf8", "-m", "tests.transform.cpython", "--worker"]
    command += ["--rewritten"] if rewritten else []
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "0"}
    return subprocess.Popen(
        [*command, *names], stdout=subprocess.PIPE, text=True, cwd=folder, env=environment
    )


def read(process: subprocess.Popen[str]) -> tuple[dict[str, Outcomes], dict[str, float]]:
    """The outcomes that a process has printed, file by file, and how long each file took."""
    text, _ = process.communicate()
    lines = [json.loads(line) for line in text.splitlines()]
    return {line[0]: line[1] for line in lines}, {line[0]: line[2] for line in lines}


def compare(names: list[str]) -> tuple[list[str], int, str]:
    """What differs between the outcomes with and without rewriting, how many there are, times."""
    # Each in a folder of its own, for some tests write files.
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        processes = run(names, False, one), run(names, True, other)
        (plain, plain_seconds), (ours, our_seconds) = map(read, processes)
    differences = []
    count = 0
    for name in names:
        if name not in plain or name not in ours:
            differences.append(f"{name}: the process has ended: {name in plain} {name in ours}")
            continue
        for test in sorted({*plain[name], *ours[name]}):
            if test.endswith(tuple(EXCLUDED_TESTS)):
                continue
            outcomes = plain[name].get(test), ours[name].get(test)
            count += 1
            if outcomes[0] != outcomes[1]:
                differences.append(f"{name}: {test}: {outcomes[0]}, rewritten {outcomes[1]}")
    seconds = f"{sum(plain_seconds.values()):.0f} s and {sum(our_seconds.values()):.0f} s rewritten"
    return differences, count, seconds


def shipped() -> list[str]:
    """The files that this interpreter has and that are not excluded."""
    if importlib.util.find_spec("test") is None:
        return []
    return [
        name
        for name in FILES
        if name not in EXCLUDED and importlib.util.find_spec(f"test.{name}") is not None
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="files, such as test_grammar")
    parser.add_argument("--list", action="store_true", help="say what is run and what is not")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rewritten", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.names or shipped()
    if options.worker:
        _work(names, options.rewritten)
        return 0
    if options.list:
        print(*names, sep="\n")
        for excluded, reason in {**EXCLUDED, **EXCLUDED_TESTS}.items():
            print(f"not {excluded}: {reason}")
        return 0
    differences, count, seconds = compare(names)
    print(*differences, sep="\n")
    version = sys.version.split()[0]
    print(
        f"Python {version}: {len(names)} files, {count} tests, {len(differences)} differ, {seconds}"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
