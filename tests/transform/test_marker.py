"""Which modules are marked, and what is said of a comment that is not right."""

from __future__ import annotations

import time
import warnings

import pytest

from tfimp.transform.marker import is_marked


@pytest.mark.parametrize(
    "source",
    [
        "# tfimp: eager\n",
        "# tfimp: eager",
        "#tfimp:eager\n",
        "#  tfimp :  eager  \n",
        "#!/usr/bin/env python\n# tfimp: eager\n",
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\n# A script.\n# tfimp: eager\nx = 1\n",
        "\n\n# tfimp: eager\n\nx = 1\n",
        '"""doc"""\n# tfimp: eager\nx = 1\n',
        '"""doc\n\nof several lines\n"""\n\n# Copyright\n\n# tfimp: eager\nx = 1\n',
        '# tfimp: eager\n"""doc"""\n',
        "# tfimp: eager\r\nx = 1\r\n",
        "\f# tfimp: eager\n",
        "# tfimp: eager\n# tfimp: eager\n",
        "# tfimp: eager\nthis is (no Python",
    ],
)
def test_marked(source: str) -> None:
    assert is_marked(source, "m.py")
    assert is_marked(source.encode(), "m.py")


def test_marked_in_other_encodings() -> None:
    assert is_marked(b"\xef\xbb\xbf# tfimp: eager\n", "m.py")
    assert is_marked("# coding: latin-1\n# Grüße\n# tfimp: eager\n".encode("latin-1"), "m.py")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1\n",
        "import tfimp\n",
        "# tfimp is a library\nx = 1\n",
        "# about tfimp: see below\nx = 1\n",
        "# see tfimp\n",
        "# tfimps: eager\n",
        '"""doc\n# tfimp: eager\n"""\n',
        'x = """\n# tfimp: eager\n"""\n',
        "this is (no Python\n# see tfimp",
    ],
)
def test_not_marked(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not is_marked(source, "m.py")
        assert not is_marked(source.encode(), "m.py")


@pytest.mark.parametrize(
    "comment",
    [
        "# tfimp: eagre",
        "# tfimp: Eager",
        "# tfimp:",
        "# tfimp: eager mode",
        "# tfimp: eager, please",
        "# tfimp eager",
        "# tfimp=eager",
        "# tfimp; eager",
        "#tfimp: lazy",
    ],
)
@pytest.mark.parametrize("before", ["", "#!python\n", '"""doc"""\n'])
def test_a_misspelt_directive_is_refused(comment: str, before: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        is_marked(f"{before}{comment}\nx = 1\n".encode(), "folder/m.py")
    error = raised.value
    assert error.filename == "folder/m.py"
    assert error.lineno == before.count("\n") + 1
    assert error.text is not None and error.text.rstrip() == comment.rstrip()
    assert error.offset == 1
    assert "did you mean `# tfimp: eager`?" in error.msg


def test_a_misspelt_directive_beside_a_right_one_is_refused() -> None:
    with pytest.raises(SyntaxError):
        is_marked("# tfimp: eager\n# tfimp: lazy\n", "m.py")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\n# tfimp: eager\n", 2),
        ("def f():\n    # tfimp: eager\n    pass\n", 2),
        ('"""doc"""\n"""no doc"""\n# tfimp: eager\n', 3),
        ("import os\n# tfimp: eagre\n", 2),
        ("import os\n# tfimp eager\n", 2),
        ("x = 1  # tfimp: eager\n", 1),
        ('"""doc"""  # tfimp: eager\n', 1),
        ('"""doc"""; x = 1\n# tfimp: eager\n', 2),
    ],
)
def test_a_directive_without_effect_is_not_passed_over(source: str, line: int) -> None:
    with pytest.warns(SyntaxWarning, match="has no effect") as warned:
        assert not is_marked(source, "folder/m.py")
    assert [(w.filename, w.lineno) for w in warned] == [("folder/m.py", line)]


def test_prose_in_the_code_is_no_directive() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not is_marked("x = 1\n# tfimp: this is where it begins\n", "m.py")


def test_a_warning_that_is_made_an_error_is_a_syntax_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SyntaxError) as raised:
            is_marked("x = 1\n# tfimp: eager\n", "m.py")
    assert (raised.value.filename, raised.value.lineno) == ("m.py", 2)


def test_scanning_an_unmarked_module_is_cheap() -> None:
    with open(warnings.__file__, "rb") as file:
        source = file.read()
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        is_marked(source, "m.py")
        times.append(time.perf_counter() - begin)
    assert min(times) < 30e-6
