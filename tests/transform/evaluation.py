"""Run a program as it is and rewritten, over operands that log whatever Python does to them.

Whether an operand is true is the next answer of a list, so that one truth test too many or in
another order changes everything that follows.  The runtime is a stub that logs nothing, but
remembers what it was given to fetch.
"""

from __future__ import annotations

import sys
import traceback
import types
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from unittest import mock

from tfimp.transform import rewriter


class Stop(Exception):
    """The program has gone on for long enough."""


class World:
    """What a program sees, and the log of what it does."""

    def __init__(self, answers: list[bool], patience: int = 150) -> None:
        self.log: list[str] = []
        self.answers = answers
        self.patience = patience
        self.fetched: set[int] = set()
        self.kept: list[object] = []  # so that no `id` is used twice
        self.tested_unfetched: list[str] = []

    def note(self, event: str) -> None:
        self.log.append(event)
        if len(self.log) > self.patience:
            raise Stop

    def value(self, name: str) -> Operand:
        self.note(f"value {name} in line {sys._getframe(1).f_lineno}")
        return Operand(self, name)

    def print(self, *values: object, **options: object) -> None:
        self.note(f"print {values} {options}")

    def run(self, code: types.CodeType) -> tuple[list[str], str]:
        namespace: dict[str, Any] = {"__name__": "m", "v": self.value, "print": self.print}
        try:
            exec(code, namespace)
            outcome = "done"
        except Stop:
            outcome = "stopped"
        except Exception as error:
            frames = [
                # Before Python 3.12 the columns of what follows a test depend on the test's kind.
                (frame.name, frame.lineno, frame.colno if sys.version_info >= (3, 12) else None)
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == "m.py"
            ]
            outcome = f"{type(error).__name__}: {error}, {frames}"
        return self.log, outcome


class Operand:
    """Answers to every operator with another operand, and notes what it was asked."""

    _world: World
    _name: str

    def __init__(self, world: World, name: str) -> None:
        self.__dict__.update(_world=world, _name=name)
        world.kept.append(self)

    def _make(self, name: str) -> Operand:
        self._world.note(name)
        return Operand(self._world, name)

    def __repr__(self) -> str:
        return str(self._name)

    def __format__(self, spec: str) -> str:
        self._world.note(f"format {self._name} {spec!r}")
        return "3"  # for an operand may be asked for a format

    def __bool__(self) -> bool:
        world = self._world
        if id(self) not in world.fetched:
            world.tested_unfetched.append(self._name)
        # The answers are over: false, so that loops end.
        answer: bool = world.answers.pop(0) if world.answers else False
        world.note(f"bool {self._name} {answer}")
        return answer

    def __contains__(self, other: object) -> bool:
        self._world.note(f"({other!r} in {self._name})")
        return True

    def __hash__(self) -> int:
        return hash(self._name)

    def __call__(self, *args: object, **keywords: object) -> Operand:
        # Functions have no address here, so that two logs can be compared.
        shown = [getattr(arg, "__name__", repr(arg)) for arg in args]
        shown += [f"{name}={value!r}" for name, value in keywords.items()]
        return self._make(f"{self._name}({', '.join(shown)})")

    def __getattr__(self, name: str) -> Operand:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._make(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        self._world.note(f"{self._name}.{name} = {value!r}")

    def __delattr__(self, name: str) -> None:
        self._world.note(f"del {self._name}.{name}")

    def __getitem__(self, key: object) -> Operand:
        return self._make(f"{self._name}[{key!r}]")

    def __setitem__(self, key: object, value: object) -> None:
        self._world.note(f"{self._name}[{key!r}] = {value!r}")

    def __delitem__(self, key: object) -> None:
        self._world.note(f"del {self._name}[{key!r}]")

    def keys(self) -> list[str]:
        self._world.note(f"keys {self._name}")
        return ["key"]

    def __iter__(self) -> Iterator[Operand]:
        self._world.note(f"iter {self._name}")
        for number in range(2):
            self._world.note(f"next {self._name}")
            yield Operand(self._world, f"{self._name}.{number}")

    async def __aiter__(self) -> Any:
        for operand in self:
            yield operand

    def __await__(self) -> Any:
        self._world.note(f"await {self._name}")
        return self._make(f"awaited {self._name}")
        yield

    def __enter__(self) -> Operand:
        return self._make(f"enter {self._name}")

    def __exit__(self, *error: object) -> None:
        self._world.note(f"exit {self._name}")

    async def __aenter__(self) -> Operand:
        return self._make(f"enter {self._name}")

    async def __aexit__(self, *error: object) -> None:
        self._world.note(f"exit {self._name}")


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_BITWISE = ("lshift", "rshift", "and", "or", "xor")


def _operators() -> Iterator[tuple[str, Callable[..., Operand]]]:
    def binary(name: str) -> Callable[..., Operand]:
        return lambda self, other: self._make(f"{name}({self._name}, {other!r})")

    def reflected(name: str) -> Callable[..., Operand]:
        return lambda self, other: self._make(f"{name}({other!r}, {self._name})")

    def unary(name: str) -> Callable[..., Operand]:
        return lambda self: self._make(f"{name}({self._name})")

    for name in [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "lshift",
        "rshift",
        "and",
        "or",
        "xor",
    ]:
        yield f"__{name}__", binary(name)
        yield f"__r{name}__", reflected(name)
        yield f"__i{name}__", binary(f"i{name}")
    for name in ["lt", "le", "gt", "ge", "eq", "ne"]:
        yield f"__{name}__", binary(name)
    for name in ["neg", "pos", "invert"]:
        yield f"__{name}__", unary(name)


for _name, _method in _operators():
    setattr(Operand, _name, _method)


def stub(world: World) -> types.ModuleType:
    """A runtime without tensors."""

    def fetch(value: object) -> object:
        world.fetched.add(id(value))
        return value

    module = types.ModuleType("tfimp.runtime.rewritten")
    module.__dict__.update(
        fetch=fetch,
        fetch_all=lambda *values: tuple(map(fetch, values)),
        enter_loop=lambda site, iterable: iterable,
        recording=True,
        iterate=lambda site: None,
        enter_function=lambda: None,
        leave_function=lambda value: value,
        enter_try=lambda site: None,
        enter_with=lambda site, manager: manager,
        fails=lambda site: False,
        carried_out=lambda site, value: value,
        resumed=lambda site, value: value,
    )
    return module


def run_both(source: str, answers: list[bool]) -> World:
    """Run a program as it is and rewritten, compare the two, and return the latter's world."""
    plain, rewritten = World(list(answers)), World(list(answers))
    expected = plain.run(compile(source, "m.py", "exec", dont_inherit=True))
    module = stub(rewritten)
    with (
        mock.patch.dict(sys.modules, {"tfimp.runtime.rewritten": module}),
        mock.patch.object(import_module("tfimp.runtime"), "rewritten", module, create=True),
    ):
        assert rewritten.run(rewriter.compile_source(source, "m.py", "m")) == expected
    assert rewritten.answers == plain.answers
    return rewritten
