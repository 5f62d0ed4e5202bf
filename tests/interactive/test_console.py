"""What the prompt of `python -m tfimp` does with each input."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tfimp.interactive.console import Console

Type = Callable[..., tuple[str, str]]


@pytest.fixture
def type_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types lines at a prompt; returns what is then on standard output and standard error."""
    # pytest has put others into these places.
    monkeypatch.setattr(sys, "displayhook", sys.__displayhook__)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    console = Console({"__name__": "__main__"})

    def type_in(*lines: str) -> tuple[str, str]:
        for line in lines:
            console.push(line)
        return capsys.readouterr()

    type_in.console = console  # type: ignore[attr-defined]
    return type_in


def namespace(type_in: Any) -> dict[str, Any]:
    found: dict[str, Any] = type_in.console.locals
    return found


def test_every_input_is_rewritten(type_in: Type) -> None:
    type_in("x = 3", "if x: y = 4", "")
    assert namespace(type_in)["y"] == 4
    assert "_tfimp_" in namespace(type_in)


def test_a_plain_prompt_rewrites_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console({}, rewrites=False)
    console.push("x = 3")
    console.push("if x: y = 4\n")
    assert console.locals["y"] == 4 and "_tfimp_" not in console.locals


def test_a_tensor_shows_its_value(type_in: Type) -> None:
    type_in("import tensorflow as tf", "t = tf.constant([[7.], [6.]])")
    assert type_in("tf.matmul(t, [[6., 7.]])")[0] == (
        "array([[42., 49.],\n       [36., 42.]], dtype=float32)\n"
    )
    assert type_in("_ + 1; t[0, 0] * 2")[0] == (
        "array([[43., 50.],\n       [37., 43.]], dtype=float32)\nnp.float32(14.0)\n"
    )
    assert type_in("print(t[0], f'{t[1, 0]:.2f}')")[0] == "[7.] 6.00\n"
    assert type_in("while t[0, 0] > 1:", "    t = t / 2", "")[1] == ""
    assert type_in("t[0, 0]")[0] == "np.float32(0.875)\n"


def test_an_error_of_tensorflow_shows_what_was_typed_and_no_frame_of_tfimp(type_in: Type) -> None:
    type_in("import tensorflow as tf", "def f(a, b):", "    return tf.matmul(a, b)", "")
    _, errors = type_in("f(tf.ones([2, 2]), tf.ones([3, 3]))")
    assert "    f(tf.ones([2, 2]), tf.ones([3, 3]))" in errors
    assert "    return tf.matmul(a, b)" in errors
    assert "InvalidArgumentError" in errors
    assert "/tfimp/" not in errors and "code.py" not in errors


def test_inputs_of_several_lines(type_in: Type) -> None:
    type_in("def f(a):", "    if a:", "        return 'yes'", "    return 'no'", "")
    assert type_in("f(1), f(0)")[0] == "('yes', 'no')\n"
    assert type_in("[i for i in range(9)", "if i % 2]")[0] == "[1, 3, 5, 7]\n"
    assert type_in("'''a", "b'''")[0] == "'a\\nb'\n"
    assert type_in("@property", "def p(self): pass", "", "p.fget.__name__")[0] == "'p'\n"


def test_a_traceback_shows_the_lines_that_were_typed(type_in: Type) -> None:
    type_in("def f(a):", "    if a: return 1 / 0", "")
    _, errors = type_in("f(1)")
    shown = [line.strip(" ~^") for line in errors.splitlines() if line.strip(" ~^")]
    assert shown == [
        "Traceback (most recent call last):",
        'File "<python-input-1>", line 1, in <module>',
        "f(1)",
        'File "<python-input-0>", line 2, in f',
        "if a: return 1 / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert type_in("import sys; sys.last_value")[0] == "ZeroDivisionError('division by zero')\n"
    assert inspect.getsource(namespace(type_in)["f"]) == "def f(a):\n    if a: return 1 / 0\n"


def test_tracebacks_in_full_on_request(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFIMP_TRACEBACK", "full")
    assert "console.py" in type_in("1 / 0")[1]


def test_ones_own_excepthook_is_called(type_in: Type) -> None:
    out, errors = type_in("import sys; sys.excepthook = lambda *a: print(a[0].__name__)", "1 / 0")
    assert (out, errors) == ("ZeroDivisionError\n", "")


@pytest.mark.parametrize("text", ["1 +* 2", "return 3", "def f(:", "x = '", "nonlocal x", "1 = x"])
def test_a_syntax_error_is_told_as_python_tells_it(type_in: Type, text: str) -> None:
    _, errors = type_in(text)
    assert errors.startswith('  File "<python-input-0>", line 1\n')
    assert "SyntaxError: " in errors and "Traceback" not in errors
    assert type_in("2 + 2") == ("4\n", "")


def test_a_future_import_holds_for_later_inputs(type_in: Type) -> None:
    assert "NameError" in type_in("def f(a: not_there): pass", "")[1]
    type_in("from __future__ import annotations")
    assert type_in("def f(a: not_there): pass", "") == ("", "")
    assert type_in("x = 1", "if x: f.__annotations__", "")[0] == "{'a': 'not_there'}\n"

    type_in("from __future__ import barry_as_FLUFL")
    assert type_in("'yes' if x <> 2 else 'no'")[0] == "'yes'\n"


def test_code_has_the_flags_that_python_gives_it(type_in: Type) -> None:
    type_in("from __future__ import annotations")
    expected: dict[str, Any] = {}
    exec("from __future__ import annotations\ndef f(): pass", expected)
    type_in("def f(): pass", "")
    assert namespace(type_in)["f"].__code__.co_flags == expected["f"].__code__.co_flags


def test_exit_ends_the_session_and_an_interrupt_does_not(type_in: Type) -> None:
    assert "KeyboardInterrupt" in type_in("raise KeyboardInterrupt")[1]
    with pytest.raises(SystemExit) as ended:
        type_in("raise SystemExit(3)")
    assert ended.value.code == 3


def test_a_fault_of_the_rewriter_does_not_end_the_session(
    type_in: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfimp.interactive import inputs

    def fail(*arguments: object) -> None:
        raise TypeError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(inputs, "rewrite_tree", fail)
        assert "TypeError: a fault" in type_in("x = 1")[1]
    assert type_in("x = 1", "x")[0] == "1\n"
