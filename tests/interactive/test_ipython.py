"""`%load_ext tfimp` in IPython: marked cells are rewritten, others are not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runner.processes import run
from tfimp.transform.directives import DIRECTIVE

# Whether the cell is rewritten: what is put into it calls the runtime.
ASK = "def asked(a):\n    if a: return 'yes'\n'_tf' in str(asked.__code__.co_names)"
TELL = (
    "def asked(a):\n    if a: return 'yes'\n"
    "found.append('_tf' in str(asked.__code__.co_names + asked.__code__.co_freevars))"
)
MARKED = f"{DIRECTIVE}\n{ASK}"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A shell in this process, which is left as it was."""
    path = str(tmp_path_factory.mktemp("ipython"))
    main, hooks = sys.modules["__main__"], (sys.displayhook, sys.excepthook)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IPYTHONDIR", path)
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        shell = InteractiveShell(config=config)
        yield shell
        shell.restore_sys_module_state()
    sys.modules["__main__"] = main
    sys.displayhook, sys.excepthook = hooks


@pytest.fixture
def loaded(shell: Any) -> Iterator[Any]:
    shell.run_line_magic("load_ext", "tfimp")
    yield shell
    shell.run_line_magic("unload_ext", "tfimp")
    shell.reset()


def result(shell: Any, cell: str) -> Any:
    ended = shell.run_cell(cell)
    ended.raise_error()
    return ended.result


def test_marked_cells_are_rewritten_and_others_are_not(loaded: Any) -> None:
    assert result(loaded, MARKED) is True
    assert result(loaded, ASK) is False
    assert result(loaded, f"'''A docstring.'''\n{MARKED}") is True
    assert result(loaded, f"# A comment.\n\n{MARKED}") is True


def test_nothing_is_rewritten_before_loading_and_after_unloading(shell: Any) -> None:
    parse, show = shell.compile.ast_parse, shell.showtraceback
    assert result(shell, MARKED) is False
    shell.run_line_magic("load_ext", "tfimp")
    shell.run_line_magic("load_ext", "tfimp")
    assert result(shell, MARKED) is True
    shell.run_line_magic("reload_ext", "tfimp")
    assert result(shell, MARKED) is True
    shell.run_line_magic("unload_ext", "tfimp")
    assert result(shell, MARKED) is False
    assert (shell.compile.ast_parse, shell.showtraceback) == (parse, show)


def test_nothing_is_rewritten_when_disabled(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFIMP_DISABLE", "1")
    assert result(loaded, MARKED) is False


def test_a_misspelt_directive_is_refused(loaded: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ended = loaded.run_cell("# tfimp: eagre\nprint('ran')")
    assert isinstance(ended.error_before_exec, SyntaxError)
    shown = capsys.readouterr().out
    assert "did you mean `# tfimp: eager`?" in shown and "# tfimp: eagre" in shown
    assert "ran" not in shown.splitlines()


def test_a_directive_below_code_is_warned_of(loaded: Any) -> None:
    with pytest.warns(SyntaxWarning, match="has no effect here"):
        assert result(loaded, f"x = 1\n{MARKED}") is False


def test_the_last_expression_is_shown_and_a_semicolon_hides_it(
    loaded: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    head = f"{DIRECTIVE}\nx = 6\n"
    assert result(loaded, f"{head}x * 7 if x else 0") == 42
    assert "42" in capsys.readouterr().out
    loaded.run_cell(f"{head}x * 7 if x else 0;", store_history=True)
    assert capsys.readouterr().out == ""
    loaded.ast_node_interactivity = "all"
    try:
        loaded.run_cell(f"{head}x\nif x: 'inside'\n'last'", store_history=True)
    finally:
        loaded.ast_node_interactivity = "last_expr"
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == [
        "6",
        "'inside'",
        "'last'",
    ]


def test_a_traceback_shows_the_lines_of_the_cell_and_no_frame_of_tfimp(
    loaded: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = f"{DIRECTIVE}\nimport tensorflow as tf\nx = tf.ones([2])\nif x[0] > 0:\n    x @ x\n"
    loaded.run_cell(cell)
    shown = capsys.readouterr().out
    assert "----> 5     x @ x" in shown and "InvalidArgumentError" in shown
    assert "/tfimp/" not in shown
    monkeypatch.setenv("TFIMP_TRACEBACK", "full")
    loaded.run_cell(cell)
    assert "/tfimp/" in capsys.readouterr().out


def test_functions_of_marked_cells_serve_other_cells(loaded: Any) -> None:
    result(loaded, f"{DIRECTIVE}\ndef f(a):\n    if a: return 'yes'")
    assert result(loaded, "f(1)") == "yes"
    result(loaded, "import inspect")
    assert result(loaded, "inspect.getsource(f)") == "def f(a):\n    if a: return 'yes'\n"


def test_await_at_the_top_level(loaded: Any) -> None:
    cell = f"{DIRECTIVE}\nimport asyncio\nx = await asyncio.sleep(0, 'value')\n"
    assert result(loaded, f"{cell}if x: y = x\ny") == "value"


def test_future_imports_hold_for_later_cells(loaded: Any) -> None:
    result(loaded, "from __future__ import annotations")
    try:
        cell = f"{DIRECTIVE}\ndef f(a: not_there):\n    if a: pass\nf.__annotations__"
        assert result(loaded, cell) == {"a": "not_there"}
    finally:
        loaded.compile.reset_compiler_flags()


def test_the_comment_stands_below_a_magic_that_takes_the_cell(
    loaded: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for magic in ("%%time", "%%capture out", "%%prun -q", "%%timeit -n1 -r1"):
        found: list[bool] = []
        loaded.user_ns["found"] = found
        result(loaded, f"{magic}\n{DIRECTIVE}\n{TELL}")
        assert found == ["prun" not in magic], magic


def test_magics_and_shell_commands_in_marked_cells(loaded: Any) -> None:
    cell = f"{DIRECTIVE}\nlines = !echo one\nx = %pwd\nif lines: first = lines[0]\nfirst, bool(x)"
    assert result(loaded, cell) == ("one", True)


def test_a_tensor_shows_its_value(loaded: Any, capsys: pytest.CaptureFixture[str]) -> None:
    head = f"{DIRECTIVE}\nimport tensorflow as tf\nt = tf.constant([1., 2.])\n"
    result(loaded, f"{head}t * 2")
    result(loaded, f"{head}[t, {{'sum': tf.reduce_sum(t)}}]")
    shown = capsys.readouterr().out
    assert "array([2., 4.], dtype=float32)" in shown
    assert "[array([1., 2.], dtype=float32), {'sum': np.float32(3.0)}]" in shown


def test_a_plain_cell_has_plain_tensorflow(loaded: Any) -> None:
    import tensorflow

    result(loaded, f"{DIRECTIVE}\nimport tensorflow as marked")
    result(loaded, "import tensorflow as plain")
    assert loaded.user_ns["plain"] is tensorflow
    assert loaded.user_ns["marked"] is not tensorflow


def test_in_a_terminal(tmp_path: Path) -> None:
    options = ["--no-banner", "--simple-prompt", "--colors=nocolor", "--ext=tfimp"]
    ended = run(
        *["-m", "IPython", *options],
        cwd=tmp_path,
        stdin=f"x = 5\n{DIRECTIVE}\nif x: y = 6\n\n'_tfimp_' + str('_tfi' + 'mp_' in globals())\n",
        IPYTHONDIR=str(tmp_path),
    )
    assert ended.returncode == 0, ended.stderr
    assert "_tfimp_False" in ended.stdout
    cell = f"{DIRECTIVE}\nx = 5\nif x: print([n for n in globals() if n.startswith('_tf')])"
    ended = run(*["-m", "IPython", *options, "-c", cell], cwd=tmp_path, IPYTHONDIR=str(tmp_path))
    assert ended.stdout == "['_tfimp_']\n", ended.stderr
