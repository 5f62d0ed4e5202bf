"""CPython's own tests of the language have the same outcomes when they are rewritten.

These are the ones that are quick and closest to what is rewritten; the command in `cpython` runs
all of them.
"""

from __future__ import annotations

import pytest

from . import cpython

_QUICK = """
    test_augassign test_class test_compare test_coroutines test_decorators test_dictcomps
    test_except_star test_exception_variations test_extcall test_fstring test_generators
    test_genexps test_global test_grammar test_keywordonlyarg test_lambda test_listcomps
    test_named_expressions test_patma test_positional_only_arg test_print test_raise test_scope
    test_setcomps test_super test_type_aliases test_type_params test_unpack test_unpack_ex
    test_with test_yield_from
"""
NAMES = _QUICK.split()


def test_outcomes_are_the_same() -> None:
    names = [name for name in NAMES if name in cpython.shipped()]
    if not names:
        pytest.skip("this interpreter ships no tests")
    differences, count, _ = cpython.compare(names)
    assert differences == []
    assert count > 500


def test_what_is_excluded_has_a_reason() -> None:
    assert all([*cpython.EXCLUDED.values(), *cpython.EXCLUDED_TESTS.values()])
    assert set(NAMES) <= set(cpython.FILES)
