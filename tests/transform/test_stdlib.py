"""A sample of the standard library is rewritten and compiles, by the command that does all."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from . import stdlib


def test_a_sample_of_the_standard_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert stdlib.main(["--every", "250"]) == 0
    told = capsys.readouterr().out
    assert re.fullmatch(r"Python 3\.\S+: \d+ files, \d+ of them no Python, 0 wrong, \d+ s\n", told)


def test_a_file_that_is_not_rewritten_rightly_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "m.py"
    file.write_text("if x: y = 1\n")
    assert stdlib.check(file, show=True) is None
    monkeypatch.setattr(stdlib, "rewrite", lambda source, path: ast.parse("\nif x: y = 1\n"))
    assert stdlib.check(file, show=True) == "differs from the original when undone"
    file.write_text("if x y\n")
    assert stdlib.check(file, show=True) == "not Python"
