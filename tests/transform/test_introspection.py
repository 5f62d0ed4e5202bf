"""Whatever looks at a module, its source, its objects: the mark makes no difference.

Each test imports a module twice, without the mark and with it, and compares what there is to see.
"""

from __future__ import annotations

import dataclasses
import doctest
import importlib.util
import inspect
import pickle
import pydoc
import types
import typing
import warnings
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tfimp.transform.importer import RewritingFileLoader

from .program import PROGRAM


def test_source_of_functions_classes_and_lambdas(compare: Any) -> None:
    def look(load: Any) -> dict[str, Any]:
        m = load()
        things = (m.traced, m.add, m.Shape, m.Shape.Inner, m.Shape.Inner.method, m.key, m.never)
        return {
            "sources": [inspect.getsource(thing) for thing in things],
            "lines": [inspect.getsourcelines(thing)[1] for thing in things],
            "comments": inspect.getcomments(m),
            "signatures": [str(inspect.signature(m.add)), str(inspect.signature(m.key))],
        }

    seen = compare(PROGRAM, lambda load: {**look(load), "comments": None})
    assert seen["sources"][5] == "key = lambda x: x or (\n    1)\n"
    assert seen["sources"][1].startswith("@traced\ndef add(")


def test_source_of_the_module_is_the_users(compare: Any) -> None:
    source = compare("if 1 + 1: x = 2", lambda load: inspect.getsource(load()).partition("\n")[2])
    assert source == "if 1 + 1: x = 2\n"


def test_help(compare: Any) -> None:
    text = compare(PROGRAM, lambda load: pydoc.plain(pydoc.render_doc(load())))
    assert "class Shape" in text and "_tfimp" not in text


def test_doctests_are_found_where_they_stand(compare: Any) -> None:
    def look(load: Any) -> Any:
        module = load()
        found = [
            (test.name, test.lineno, [(e.source, e.lineno) for e in test.examples])
            for test in doctest.DocTestFinder().find(module)
        ]
        return found, doctest.testmod(module)

    found, results = compare(PROGRAM, look)
    assert ("looked_at.add", [("add(2) if add(1) else None\n", 2)]) in [(n, e) for n, _, e in found]
    assert results == (0, 2)


def test_warnings_name_the_line_and_come_once(compare: Any) -> None:
    source = r"""
        import warnings

        def warn(level):
            if level:
                warnings.warn("careful", stacklevel=level)

        def outer():
            for level in (1, 2):
                assert not warn(level)

        if "\d" is "d": pass
        assert (outer, "always")
        print and [](1) if 0 else 1
        try: pass
        except* ValueError: print(1 ())
        """

    def look(load: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            load().outer()
        return [(w.category, str(w.message), w.filename, w.lineno) for w in caught]

    seen = compare(source, look)
    assert [line for *_, line in seen][-2:] == [6, 10]
    assert len(seen) == 7


def test_pickles_of_functions_classes_and_instances(compare: Any) -> None:
    source = """
        import enum

        class Point:
            def __init__(self, x): self.x = x or 1
            def __eq__(self, other): return self.x == other.x if other else False
            __hash__ = None
            def method(self): return self

        class Colour(enum.Enum):
            RED = 1 or 2

        def function(x): return not x

        things = [Point(2), Colour.RED, function, Point, Point(3).method.__func__]
        """

    def look(load: Any) -> Any:
        module = load()
        for thing in module.things:
            assert pickle.loads(pickle.dumps(thing)) == thing
        return [pickle.dumps(thing) for thing in module.things]

    assert len(compare(source, look)) == 5


@pytest.mark.parametrize("future", ["", "from __future__ import annotations"])
def test_type_hints_and_dataclasses(compare: Any, future: str) -> None:
    source = """
        import dataclasses
        import typing

        def f(x: int or str = 1 or 2, *, y: "typing.Optional[Point]" = None) -> not None: pass

        @dataclasses.dataclass(order=True)
        class Point:
            x: int or str
            y: "int" = 1 and 2
            shared: typing.ClassVar[int] = 3
            seed: dataclasses.InitVar[int] = 4
            _: dataclasses.KW_ONLY
            items: list = dataclasses.field(default_factory=lambda: [] or [1])

            def __post_init__(self, seed): self.x += seed if seed else 0

        class Named(typing.NamedTuple):
            a: int = 1 or 2

        class Typed(typing.TypedDict):
            key: typing.Required[int or str]

        number: f"{int}" and int or str = 1
        """

    def look(load: Any) -> Any:
        m = load()
        return [
            f"{m.f.__annotations__} {m.Point.__annotations__} {m.__annotations__}",
            [str(typing.get_type_hints(thing)) for thing in (m.f, m.Point, m.Named, m.Typed)],
            [(field.name, field.type, field.kw_only) for field in dataclasses.fields(m.Point)],
            repr(m.Point(1)),
            m.Point(1) < m.Point(2),
            str(inspect.signature(m.Point)),
            m.Named(),
        ]

    seen = compare(f"{future}\n{dedent(source)}".lstrip(), look)
    assert seen[3] == "Point(x=5, y=2, items=[1])"


def test_positions_of_the_bytecode_are_within_the_source(compare: Any) -> None:
    def look(load: Any) -> int:
        source = inspect.getsource(load()).splitlines()
        pending = [compile_like(load())]
        while pending:
            code = pending.pop()
            pending += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            for begin, end, first, last in code.co_positions():
                if begin and end and first is not None and last is not None:
                    assert (begin, first) <= (end, last)
                    assert last <= len(source[end - 1].encode())
        return len(source)

    def compile_like(module: Any) -> types.CodeType:
        code = module.__loader__.get_code("looked_at")
        assert isinstance(code, types.CodeType)
        return code

    assert compare(PROGRAM, look) > 70


def test_a_module_loaded_by_its_file_is_rewritten_where_the_loader_is_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "by_file.py"
    file.write_text("# tfimp: eager\nvalue = 1\nif value: value = 2\n")
    spec = importlib.util.spec_from_loader("by_file", RewritingFileLoader("by_file", str(file)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.value == 2 and "_tfimp_" in vars(module)


def test_the_loader_answers_as_pythons_does(compare: Any) -> None:
    def look(load: Any) -> Any:
        module = load()
        loader = module.__loader__
        path = loader.get_filename("looked_at")
        assert loader.get_data(path) == Path(path).read_bytes()
        assert loader.get_source("looked_at") == Path(path).read_text()
        reader = loader.get_resource_reader("looked_at")
        return [
            path,
            loader.is_package("looked_at"),
            reader is not None and sorted(path.name for path in reader.files().glob("*.py")),
            loader.get_code("looked_at").co_filename,
            [module.__file__, module.__cached__, module.__package__, module.__spec__.origin],
        ]

    assert compare("x = 1 if 1 + 1 else 2", look)
