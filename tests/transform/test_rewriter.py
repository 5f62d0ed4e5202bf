"""The module as a whole: where the import goes, what is never touched, what Python refuses."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import gast
import pytest

from tfimp.transform.rewriter import compile_source, compile_tree, rewrite

from .helpers import IMPORT, check_unchanged, rewritten


def test_a_module_with_nothing_to_rewrite_stays_as_it_is() -> None:
    check_unchanged("import os\nx = os.sep\n")
    check_unchanged('"""doc"""')
    check_unchanged("")


@pytest.mark.parametrize(
    "head",
    [
        "",
        '"""doc"""\n',
        "from __future__ import annotations\n",
        '"""doc"""\nfrom __future__ import annotations\nfrom __future__ import division\n',
    ],
)
def test_the_import_goes_behind_docstring_and_future_imports(head: str) -> None:
    got = ast.parse(rewritten(head + "x = not t\n"))
    assert ast.unparse(got) == f"{head}{IMPORT}x = not _tfimp_.fetch(t)"


def test_a_docstring_stays_a_docstring() -> None:
    source = '"""doc"""\nassert t\ndef f():\n    """f"""\n    assert t\nclass C:\n    "C"\n'
    tree = rewrite(source, "m.py")
    assert ast.get_docstring(tree) == "doc"
    assert [ast.get_docstring(node) for node in tree.body[-2:]] == ["f", "C"]  # type: ignore[arg-type]


def test_the_import_takes_the_line_of_the_first_statements_decorator() -> None:
    tree = rewrite("\n@decorate(1)\n@again\ndef f():\n    assert t\n", "m.py")
    assert isinstance(tree.body[0], ast.Import)
    assert tree.body[0].lineno == 2


def test_the_name_of_the_runtime_is_one_that_the_module_does_not_use() -> None:
    assert "_tfimp_1.fetch(_tfimp_)" in rewritten("assert _tfimp_")
    assert "_tfimp_2.fetch" in rewritten("assert f(_tfimp_1='_tfimp_')")
    # Python reads this letter as a `t`.
    assert "_tfimp_1.fetch" in rewritten("_\N{MATHEMATICAL BOLD SMALL T}fimp_ = 1\nassert t")


def test_the_name_of_the_runtime_is_neither_exported_nor_mangled() -> None:
    code = compile_source("class C:\n    x = [y for y in (1, 0) if y]\n", "m.py")
    namespace: dict[str, object] = {}
    exec(code, namespace)
    assert namespace["C"].x == [1]  # type: ignore[attr-defined]
    assert all(name.startswith("_") for name in namespace if name != "C")


def test_annotations_are_not_touched() -> None:
    check_unchanged(
        """
        x: a or b = 1
        def f(p: (not a), *q: f'{a}', r: print(a) = 1, **s: a and b) -> (a if b else c): pass
        async def g(p: (not a)) -> (not a): pass
        class C:
            y: not a
        """
    )


def test_annotations_keep_their_text_under_pep_563() -> None:
    source = "from __future__ import annotations\ndef f(x: (a or b)) -> (not c): assert x\n"
    namespace: dict[str, object] = {}
    exec(compile_source(source, "m.py"), namespace)
    assert namespace["f"].__annotations__ == {"x": "a or b", "return": "not c"}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the grammar is Python 3.12's")
def test_type_parameters_and_aliases_are_not_touched() -> None:
    check_unchanged(
        """
        type X = (a or b)
        type Y[T: (a or b)] = not T
        def f[T: (not a), *U, **P](x): pass
        class C[T: (a if b else c)]: pass
        """
    )


@pytest.mark.skipif(sys.version_info < (3, 13), reason="the grammar is Python 3.13's")
def test_defaults_of_type_parameters_are_not_touched() -> None:
    check_unchanged("def f[T = (not a)](x): pass\nclass C[*U = (a or b)]: pass\n")


def test_defaults_and_decorators_are() -> None:
    text = rewritten("@d(not a)\ndef f(x=not b): pass\n")
    assert "@d((not _tfimp_.fetch(a)))" in text
    assert "x=(not _tfimp_.fetch(b))" in text


@pytest.mark.parametrize(
    "source",
    [
        "def f(:\n",
        "x = (\n",
        "  x = 1\n",
        "return 1\n",
        "if x:\n    break\n",
        "def f():\n    nonlocal y\n    if y: pass\n",
        "if x: pass\nfrom __future__ import annotations\n",
        "async def f():\n    yield from x\n",
        "def f(x):\n    global x\n    assert x\n",
        "[(x := 1) for x in y if x]\n",
        "print(a=1, 2)\n",
        "f'{x'\n",
        "for f() in x: f()\n",
        "x = 08\n",
        "import os, tensorflow as __debug__\n",
        "\0",
    ],
)
def test_what_python_refuses_is_refused_in_pythons_words(source: str) -> None:
    with pytest.raises((SyntaxError, ValueError)) as original:
        compile(source, "m.py", "exec", dont_inherit=True)
    with pytest.raises(type(original.value)) as ours:
        compile_source(source, "m.py")
    assert ours.value.args == original.value.args
    assert ours.value.__context__ is None


def test_the_compilers_warnings_are_given_once() -> None:
    source = "assert (x, 'always true')\nif x is 1: pass\ny = '\\d'\n"
    with warnings.catch_warnings(record=True) as original:
        warnings.simplefilter("always")
        compile(source, "m.py", "exec", dont_inherit=True)
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        compile_source(source, "m.py")
    assert len(original) == 3

    def told(warned: list[warnings.WarningMessage]) -> list[tuple[str, int]]:
        return sorted((str(w.message), w.lineno) for w in warned)

    assert told(ours) == told(original)


def test_the_flags_of_this_file_are_not_inherited() -> None:
    code = compile_source("def f(x: a or b): pass", "m.py")
    with pytest.raises(NameError):
        exec(code, {})


@pytest.mark.parametrize(("optimize", "raises"), [(0, True), (1, False)])
def test_optimize_is_passed_on(optimize: int, raises: bool) -> None:
    code = compile_source("assert 0 == x\n", "m.py", optimize=optimize)
    if raises:
        with pytest.raises(AssertionError):
            exec(code, {"x": 1})
    else:
        exec(code, {"x": 1})


def test_encoding_cookies_and_line_ends() -> None:
    source = "# coding: latin-1\r\nif True:\r\n    x = 'ü' if t else 'é'\r\n".encode("latin-1")
    namespace: dict[str, object] = {"t": 1}
    exec(compile_source(source, "m.py"), namespace)
    assert namespace["x"] == "ü"
    exec(compile_source("\ufeffx = t or 'é'".encode(), "m.py"), namespace)


def _elifs(count: int) -> str:
    return "if t == 0: x = 0\n" + "".join(f"elif t == {n}: x = {n}\n" for n in range(1, count))


# What makes a tree as deep as it is told, and what the deep part leaves in `x`.
DEEP: dict[str, tuple[Callable[[int], str], Callable[[int], object]]] = {
    "a sum": (lambda n: "x = " + " + ".join(["t"] * n), lambda n: n),
    "a sum in a test": (lambda n: f"x = 5 if {' + '.join(['t'] * n)} else 6", lambda n: 5),
    "a sum of tests": (lambda n: "x = " + " + ".join(["(not t)"] * n), lambda n: 0),
    "elifs": (lambda n: f"t = {n - 1}\n{_elifs(n)}", lambda n: n - 1),
    "calls in a chain": (lambda n: "x = s" + ".strip()" * (n // 2), lambda n: "s"),
    "nots": (lambda n: "x = " + "not " * n + "t", lambda n: n % 2 == 0),
    "conditional expressions": (lambda n: "x = " + "0 if not t else " * n + "t", lambda n: 1),
    "and": (lambda n: "x = " + " and ".join(["t"] * n), lambda n: 1),
}


@pytest.mark.parametrize("what", DEEP)
def test_trees_too_deep_for_gast(what: str) -> None:
    depth = 1400
    make_source, value = DEEP[what]
    source = make_source(depth) + "\nassert x is x and t\n"
    if what == "a sum":
        with pytest.raises(RecursionError):
            gast.parse(source)
    limit = sys.getrecursionlimit()
    namespace: dict[str, Any] = {"t": 1, "s": "s"}
    tree = rewrite(source, "m.py")
    exec(compile_tree(tree, source, "m.py"), namespace)
    assert namespace["x"] == value(depth)
    assert sys.getrecursionlimit() == limit
    fetches = sum(map(_is_fetch, ast.walk(tree)))
    assert fetches == {
        "a sum": 1, "a sum in a test": 2, "a sum of tests": depth + 1, "elifs": depth + 1,
        "calls in a chain": 1, "nots": 2, "conditional expressions": depth + 1, "and": depth,
    }[what]  # fmt: skip


def test_what_is_deep_in_a_function_leaves_the_module_at_module_level() -> None:
    # Where the mark of the loop stands is found out by recursion.
    deep = " + ".join(["1"] * 1200)
    source = f"def g(t):\n    for x in t: y = {deep}; f(y)\nfrom tensorflow import *\n"
    tree = rewrite(source, "m.py")
    assert ast.unparse(tree.body[-1]) == "_tfimp_.import_star('tensorflow', globals())"


def _is_fetch(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "fetch"


@pytest.mark.parametrize("depth", [2900, 5800])
def test_what_python_compiles_is_compiled_whatever_its_depth(depth: int) -> None:
    source = "assert t\nx = " + " + ".join(["t"] * depth)
    try:
        compile(source, "m.py", "exec", dont_inherit=True)
    except RecursionError:
        with pytest.raises(RecursionError):
            compile_source(source, "m.py")
        return
    namespace = {"t": 1}
    if sys.version_info[:2] == (3, 12):
        # Its compiler takes such depth in source, but not as a tree.
        with pytest.warns(RuntimeWarning, match="too deeply") as warned:
            code = compile_source(source, "m.py")
        assert warned[0].filename == "m.py"
    else:
        code = compile_source(source, "m.py")
        assert "fetch" in code.co_names
    exec(code, namespace)
    assert namespace["x"] == depth


def test_python_says_when_a_tree_is_too_deep_for_itself() -> None:
    with pytest.raises((RecursionError, MemoryError)):
        compile_source("x = " + "-" * 200_000 + "1", "m.py")


def test_sites_name_the_module_or_the_file_of_a_script() -> None:
    source = "for x in y: f(x)\n"
    assert "'package.module:1:0'" in rewritten(source, "package.module")
    assert "'m.py:1:0'" in rewritten(source, "__main__")


def test_every_node_has_a_place() -> None:
    source = dedent(
        """
        import tensorflow as tf, os
        from tensorflow import nn
        @f
        def g():
            for x in (a,
                      b):
                print(x,
                      y, sep='')
                if (x and
                    y): pass
        """
    )
    for node in ast.walk(rewrite(source, "m.py")):
        if isinstance(node, (ast.expr, ast.stmt, ast.alias, ast.keyword)):
            assert (node.lineno, node.col_offset) <= (
                node.end_lineno or 0,
                node.end_col_offset or 0,
            )
            assert 2 <= node.lineno <= 11
