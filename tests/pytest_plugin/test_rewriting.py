"""Which files are rewritten by pytest, by tfimp, or by both, and whatever the circumstances."""

from __future__ import annotations

import inspect
import os
import shutil
from pathlib import Path
from typing import Any

import _pytest.assertion.rewrite
import pytest

import tfimp.pytest_plugin

from .conftest import Run

# Fails with an explanation if pytest has rewritten it, and says whether tfimp has.
ASSERTS = """
def test_it():
    x = 1
    by_tfimp = any(name.startswith("_tfimp") for name in globals())
    assert x + 1 == (3, by_tfimp)
"""
MARKED = "# tfimp: eager\n" + ASSERTS
BY_TFIMP = """
def test_by_tfimp():
    assert any(name.startswith("_tfimp") for name in globals()) == True
"""
BY_BOTH = "*assert (1 + 1) == (3, True)"
BY_PYTEST = "*assert (1 + 1) == (3, False)"


def test_a_marked_file_is_rewritten_by_both(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(MARKED)
    run().stdout.fnmatch_lines(BY_BOTH)


def test_an_unmarked_file_is_left_to_pytest(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ASSERTS + "def test_loader(): assert __loader__ is 1")
    run().stdout.fnmatch_lines([BY_PYTEST, "*assert <_pytest.assertion.rewrite.Assert*Hook*> is 1"])


def test_whatever_asks_for_a_value_gets_it_fetched(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        # tfimp: eager
        import pytest
        from tfimp.runtime import rewritten

        @pytest.fixture
        def fetched(monkeypatch):
            values = []

            def fetch_all(*xs):
                values.extend(xs)
                return xs

            monkeypatch.setattr(rewritten, "fetch_all", fetch_all)
            monkeypatch.setattr(rewritten, "fetch", lambda x: fetch_all(x)[0])
            return values

        @pytest.mark.parametrize("t", [2.5])
        def test_it(fetched, t):
            assert t
            if t + 1: pass
            print(t + 2)
            f"{t + 3}"
            assert t + 4 and not t // 3
            assert 0 < t + 5 < 8
            assert [*fetched] == [2.5, 3.5, 4.5, 5.5, 6.5, 0.0, True, True, True]
        """
    )
    run().assert_outcomes(passed=1)


def test_a_condition_is_evaluated_once_and_fetched_once(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        # tfimp: eager
        from tfimp.runtime import rewritten

        def test_it(monkeypatch):
            log = []

            def fetch(x):
                log.append(("fetch", x))
                return x

            def f(x):
                log.append(x)
                return x

            monkeypatch.setattr(rewritten, "fetch", fetch)
            assert f(1) and f(2)
            assert f(0) or f(3), f(4)
            log_then = log[:]
            monkeypatch.undo()
            assert log_then == [
                1, ("fetch", 1), 2, ("fetch", 2), 0, ("fetch", 0), 3, ("fetch", 3)
            ]
        """
    )
    run().assert_outcomes(passed=1)


def test_a_marked_conftest(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest(
        """
        # tfimp: eager
        import pytest

        @pytest.fixture
        def check():
            def check(x):
                by_tfimp = any(name.startswith("_tfimp") for name in globals())
                assert x + 1 == (3, by_tfimp)
            return check
        """
    )
    pytester.makepyfile("def test_it(check): check(1)")
    run().stdout.fnmatch_lines(BY_BOTH)


@pytest.mark.parametrize("registered", [True, False])
def test_a_marked_helper(pytester: pytest.Pytester, run: Run, registered: bool) -> None:
    pytester.makepyfile(helper=MARKED.replace("test_it", "check"))
    register = "import pytest; pytest.register_assert_rewrite('helper')"
    pytester.makeconftest(register if registered else "")
    pytester.makepyfile("import helper\ndef test_it(): helper.check()")
    result = run("--showlocals")
    if registered:
        result.stdout.fnmatch_lines(BY_BOTH)
    else:
        # As ever with pytest: without registration no explanation.
        result.stdout.fnmatch_lines(["E*AssertionError", "by_tfimp*= True"])


def test_a_helper_that_is_registered_twice(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(helper=MARKED.replace("test_it", "check"))
    register = "import pytest; pytest.register_assert_rewrite('helper')\n"
    pytester.makeconftest(register + "import helper\n" + register)
    pytester.makepyfile("def test_it(): pass")
    run("-Werror").assert_outcomes(passed=1)


def test_a_marked_plugin(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        own_plugin="""
        # tfimp: eager
        import pytest

        @pytest.fixture
        def check():
            x = 1
            by_tfimp = any(name.startswith("_tfimp") for name in globals())
            assert x + 1 == (3, by_tfimp)
        """
    )
    pytester.makepyfile("def test_it(check): pass")
    pytester.syspathinsert()
    run("-p", "tfimp", "-p", "own_plugin").stdout.fnmatch_lines(BY_BOTH)
    # Such plugins are imported before those that are installed.
    told = "*RuntimeWarning: own_plugin is marked but*put `-p tfimp` before `-p own_plugin`"
    run("-p", "own_plugin").stdout.fnmatch_lines([BY_PYTEST, told])
    pytester.makeconftest("pytest_plugins = ['own_plugin']")
    run().stdout.fnmatch_lines(BY_BOTH)


@pytest.mark.parametrize("tfimp_in_front", [True, False])
def test_whichever_hook_was_installed_first(
    pytester: pytest.Pytester, run: Run, tfimp_in_front: bool
) -> None:
    pytester.makeconftest(
        f"""
        import sys
        if {tfimp_in_front}:
            import tfimp
            tfimp.install()
        print([type(finder).__name__ for finder in sys.meta_path])
        """
    )
    pytester.makepyfile(MARKED)
    result = run("-s")
    order = ["'_Finder', 'AssertionRewritingHook'", "'AssertionRewritingHook'*'_Finder'"]
    result.stdout.fnmatch_lines([f"*{order[not tfimp_in_front]}*", BY_BOTH])


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
@pytest.mark.parametrize("place", [".", "folder/deep", "package"])
def test_whatever_the_import_mode(
    pytester: pytest.Pytester, run: Run, mode: str, place: str
) -> None:
    folder = pytester.path / place
    folder.mkdir(parents=True, exist_ok=True)
    if place == "package":
        (folder / "__init__.py").write_text("# tfimp: eager\n")
    pytester.makepyfile(MARKED).rename(folder / "test_it.py")
    result = run(f"--import-mode={mode}", "--rootdir=.", str(folder))
    result.stdout.fnmatch_lines(BY_BOTH)


def test_a_module_in_a_named_package(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest("import tfimp; tfimp.install(['test_named'])")
    pytester.makepyfile(test_named=ASSERTS)
    run().stdout.fnmatch_lines(BY_BOTH)


def test_plain_assertions(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(MARKED + BY_TFIMP)
    result = run("--assert=plain")
    result.stdout.no_fnmatch_line("*assert (1 + 1)*")
    result.assert_outcomes(passed=1, failed=1)


def test_a_docstring_that_refuses_pytests_rewriting(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("# tfimp: eager\n'PYTEST_DONT_REWRITE'\n" + BY_TFIMP + ASSERTS)
    result = run()
    result.stdout.no_fnmatch_line("*assert (1 + 1)*")
    result.assert_outcomes(passed=1, failed=1)


def test_without_the_plugin_the_file_is_as_pytest_makes_it(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(MARKED)
    run("-p", "no:tfimp").stdout.fnmatch_lines(BY_PYTEST)


def test_disabled(pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(MARKED)
    monkeypatch.setenv("TFIMP_DISABLE", "1")
    run().stdout.fnmatch_lines(BY_PYTEST)


def test_the_bytecode_that_pytest_keeps_is_not_confused(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(test_it=MARKED)

    def kept() -> dict[str, bytes]:
        files = pytester.path.glob("__pycache__/test_it.*-pytest-*.pyc")
        return {file.name: file.read_bytes() for file in files if "tfimp" not in file.name}

    run().stdout.fnmatch_lines(BY_BOTH)
    assert kept() == {}
    run("-p", "no:tfimp").stdout.fnmatch_lines(BY_PYTEST)
    pytests_own = kept()
    assert len(pytests_own) == 1
    run().stdout.fnmatch_lines(BY_BOTH)
    monkeypatch.setenv("TFIMP_DISABLE", "1")
    run().stdout.fnmatch_lines(BY_PYTEST)
    monkeypatch.delenv("TFIMP_DISABLE")
    run().stdout.fnmatch_lines(BY_BOTH)
    assert kept() == pytests_own


def test_a_file_is_rewritten_once(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten = []

    def rewrite_asserts(*arguments: Any) -> None:
        rewritten.append(arguments[2])
        original(*arguments)

    original: Any = _pytest.assertion.rewrite.rewrite_asserts
    monkeypatch.setattr("_pytest.assertion.rewrite.rewrite_asserts", rewrite_asserts)
    file = pytester.makepyfile(test_it=MARKED)
    os.utime(file, (1_000_000_000, 1_000_000_000))  # no file is kept that may change in this second
    for _ in range(2):
        run().stdout.fnmatch_lines(BY_BOTH)
    assert len(rewritten) == 1
    # Bytecode of another kind is not taken for it, nor it for another.
    told = ("-o", "enable_assertion_pass_hook=true")
    for arguments, count in [(told, 2), (("--assert=plain",), 2), (told, 2), ((), 2)]:
        result = run(*arguments)
        assert len(rewritten) == count
        explained = "assert (1 + 1) == (3, True)" in result.stdout.str()
        assert explained == ("--assert=plain" not in arguments)
    # Nor that of another version of the plugin.
    other = shutil.copy(tfimp.pytest_plugin.__file__, pytester.path / "changed.txt")
    os.utime(other, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr(tfimp.pytest_plugin, "__file__", str(other))
    for _ in range(2):
        run().stdout.fnmatch_lines(BY_BOTH)
        assert len(rewritten) == 3


def test_a_file_is_rewritten_again_after_the_mark_has_come_or_gone(
    pytester: pytest.Pytester, run: Run
) -> None:
    for source, explained in [(ASSERTS, BY_PYTEST), (MARKED, BY_BOTH)] * 2:
        pytester.makepyfile(test_it=source)
        run().stdout.fnmatch_lines(explained)


def test_a_misspelt_directive_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("# tfimp: eagre")
    result = run()
    result.stdout.fnmatch_lines("*unknown directive, did you mean `# tfimp: eager`?*")
    result.assert_outcomes(errors=1)


def test_what_others_find_of_a_marked_file(pytester: pytest.Pytester, run: Run) -> None:
    package = pytester.mkpydir("package")
    (package / "data.txt").write_text("data")
    (package / "__init__.py").write_text("# tfimp: eager\nfor x in dir(): print(x)")
    (package / "test_it.py").write_text(
        inspect.cleandoc(
            """
            # tfimp: eager
            import importlib.resources
            import inspect
            import sys

            def test_it():
                assert inspect.getsource(test_it).startswith("def test_it():\\n    assert inspect")
                assert inspect.getsource(sys.modules[__name__]).startswith("# tfimp: eager\\n")
                assert __loader__.get_source(__name__).startswith("# tfimp: eager\\n")
                data = importlib.resources.files(__package__).joinpath("data.txt")
                assert data.read_text() == "data"
                assert "_tfi" "mp_" in vars(sys.modules[__package__])
            """
        )
    )
    run().assert_outcomes(passed=1)


def test_a_pytest_that_rewrites_in_another_way_is_told_of(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("_pytest.assertion.rewrite.rewrite_asserts")
    pytester.makepyfile("# tfimp: eager\n" + BY_TFIMP)
    result = run()
    result.stdout.fnmatch_lines("*RuntimeWarning: tfimp does not know how this version of pytest*")
    result.assert_outcomes(passed=1, warnings=1)


def test_pytest_has_what_the_plugin_uses(pytestconfig: pytest.Config) -> None:
    from _pytest.assertion.rewrite import AssertionRewritingHook, rewrite_asserts

    assert list(inspect.signature(rewrite_asserts).parameters) == [
        "mod",
        "source",
        "module_path",
        "config",
    ]
    hook = pytestconfig.pluginmanager.rewrite_hook
    assert isinstance(hook, AssertionRewritingHook)
    assert hook.config is pytestconfig
    assert all(isinstance(path, Path) for path in hook._rewritten_names.values())
