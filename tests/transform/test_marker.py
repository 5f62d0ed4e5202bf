"""Which modules are marked, and what is said of a comment that is not right."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfimp.transform import directives, marker
from tfimp.transform.marker import is_marked, is_marked_file


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
        "# Line ends of old.\r#tfimp: eager\rx = 1\r",
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


# Looking at files: the verdict is the same, most of the work is not done.

# What the heads of modules are made of, with all that could be mistaken for the mark.
PIECES = [
    "#!/usr/bin/env python\n", "# -*- coding: utf-8 -*-\n", "\n", "\f\n", "   \n", "# a comment\n",
    "# a comment\r\n", "# a comment\r", '"""doc"""\n', '"""doc"""', "'''doc\n\n'''\n", '"doc"\n',
    "'doc' 'string'\n", 'r"""doc"""\n', 'b"""no doc"""\n', 'f"""no doc"""\n', '"""a \\""" b"""\n',
    '"""\n# tfimp: eager\n"""\n', '("""doc""")\n', '"""doc"""; x = 1\n', '"""doc""" \\\n\n',
    "\\\n", "# tfimp: eager\n", "# tfimp: eager", "#tfimp:eager\n", "  # tfimp: eager\n",
    "# tfimp: eager\r\n", "# tfimp: eagerly\n", "# tfimp: eagre\n", "# about tfimp\n", "x = 1\n",
    "but = 1\n", "r = 1\n", "import os  # tfimp: eager\n", "(no Python\n", "\ufeff", "# Grüße\n",
]  # fmt: skip


def verdict(look: Callable[[], bool]) -> bool | str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return look()
        except SyntaxError as error:
            return error.msg


@settings(max_examples=200, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=6),
    padding=st.sampled_from([0, 4070, 4080, 4090, 4096, 9000, 36860, 36864]),
    at=st.integers(0, 6),
    is_library=st.booleans(),
)
def test_a_look_at_a_file_gives_the_verdict_of_its_source(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[str],
    padding: int,
    at: int,
    is_library: bool,
) -> None:
    # A long comment has what follows it begin at, before or behind the end of the head.
    pieces.insert(at, "#" * padding + "\n" if padding else "")
    path = tmp_path_factory.getbasetemp() / "m.py"
    source = "".join(pieces).encode()
    path.write_bytes(source)
    expected = verdict(lambda: is_marked(source, "m.py"))
    found = verdict(lambda: is_marked_file(str(path), is_library=is_library))
    # A module that is marked and has a wrong directive is refused when it is compiled.
    assert found == expected or (found is True and "did you mean" in str(expected))


@pytest.fixture
def only_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beyond the head of a file may be read, nor may anything be tokenized."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this is too much")

    monkeypatch.setattr(marker, "FileIO", refuse)
    monkeypatch.setattr(directives, "_tokens", refuse)


CODE = "x = 1\n" * 20_000
LICENCE = "# Licensed as it is.\n" * 20 + '\n"""A library.\n\nIts docstring.\n"""\n\n'


@pytest.mark.usefixtures("only_heads")
@pytest.mark.parametrize("head", ["", LICENCE, LICENCE + "# A comment.\n"])
def test_a_library_is_not_read_beyond_its_head(tmp_path: Path, head: str) -> None:
    path = tmp_path / "m.py"
    path.write_text(head + CODE + "# tfimp: eager\n")
    assert not is_marked_file(str(path), is_library=True)


LONG = "Text.\n" * 2000


@pytest.mark.parametrize(
    "docstring",
    [
        f'"""{LONG}"""',
        f'"""This \\""" is no end.\n{LONG}"""',
        f'r"""Raw.\n{LONG}"""',
        f'"""One""" """and another.\n{LONG}"""',
        f'"""One""" \\\n"""and another.\n{LONG}"""',
        '"Of one line."\n' + "# A comment.\n" * 500,
        "# A comment.\n" * 500,
    ],
)
@pytest.mark.parametrize("is_library", [True, False])
def test_the_mark_is_found_however_far_down(
    tmp_path: Path, docstring: str, is_library: bool
) -> None:
    path = tmp_path / "m.py"
    path.write_text(docstring + "\n# tfimp: eager\nx = 1\n")
    assert is_marked_file(str(path), is_library=is_library)


@pytest.mark.usefixtures("only_heads")
@pytest.mark.parametrize("is_library", [True, False])
@pytest.mark.parametrize("head", ["", LICENCE])
def test_a_marked_file_is_neither_read_in_full_nor_tokenized(
    tmp_path: Path, head: str, is_library: bool
) -> None:
    path = tmp_path / "m.py"
    path.write_text(head + "# tfimp: eager\n" + CODE + "# tfimp: eager\n")
    assert is_marked_file(str(path), is_library=is_library)


@pytest.mark.usefixtures("only_heads")
def test_a_small_unmarked_file_is_not_tokenized(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    for end in ("", "import tfimp\n", "x = 'tfimp'  # see tfimp\n"):
        path.write_text(LICENCE + "x = 1\n" + end)
        assert not is_marked_file(str(path))


def test_tokens_are_read_no_further_than_the_last_comment_that_may_be_a_directive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = 0
    tokens = directives._tokens

    def counted(source: bytes | str) -> Iterator[Any]:
        nonlocal lines
        for token in tokens(source):
            lines = max(lines, token.start[0])
            yield token

    monkeypatch.setattr(directives, "_tokens", counted)
    assert is_marked("#tfimp: eager\n" + CODE, "m.py")
    assert lines == 2
