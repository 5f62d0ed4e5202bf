"""The page of what is recorded, what runs at once and what is refused."""

import re

import pytest
import tensorflow as tf

from tests.compatibility import table


def test_page_is_what_the_code_says():
    text = table.PAGE.read_text(encoding="utf-8")
    version = re.search(r"TensorFlow (\d+\.\d+\.\d+)", text)
    assert version is not None
    if version[1] != tf.__version__:
        pytest.skip(f"the page is about TensorFlow {version[1]}")
    assert text == table.page(), "run python -m tests.compatibility.table"


def test_functions_are_of_the_kinds_that_they_are():
    kinds = table.functions()
    for path, name, kind in (
        ("math.", "add", table.RECORDED), ("linalg.", "slogdet", table.RECORDED),
        ("debugging.", "check_numerics", table.AT_ONCE), ("", "while_loop", table.AT_ONCE),
        ("random.", "normal", table.DRAWS), ("", "function", table.OWN),
        ("config.", "list_physical_devices", table.TENSORFLOW),
    ):
        assert name in kinds[path][kind]


def test_every_refusal_says_what_to_do_instead():
    for reason in table.refused().values():
        assert re.search(r"\b(Use|Make|Save|Trace|Add|Write|Compute|pass) ", reason)
