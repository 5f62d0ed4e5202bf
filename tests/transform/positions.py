"""Compare the bytecode of a program as it is with that of the same program rewritten."""

from __future__ import annotations

import ast
import dis
import sys
import types
from collections.abc import Iterable, Iterator

from tfimp.transform import rewriter
from tfimp.transform.injected import free_name

from .undo import undo

# What stands elsewhere, or is another, when a call takes another's result, and what the compiler
# itself puts in (at the first statement, for instance) or shortens as it sees fit.
_DIFFERENT = {"BUILD_TUPLE", "CALL", "CALL_KW", "KW_NAMES", "LOAD_CONST"}
_DIFFERENT |= {"EXTENDED_ARG", "NOP", "SETUP_ANNOTATIONS"}
# It has no place of its own, and takes that of the instruction before it if there is only one.
_DIFFERENT |= {"POP_EXCEPT"}
if sys.version_info >= (3, 13):
    _DIFFERENT |= {"COMPARE_OP", "CONTAINS_OP", "TO_BOOL", "UNARY_NOT"}
if sys.version_info < (3, 12):
    # Where what follows a test stands depends on the kind of the test's expression.
    _DIFFERENT |= {"LOAD_ASSERTION_ERROR", "RAISE_VARARGS", "RETURN_VALUE", "LIST_APPEND"}
    _DIFFERENT |= {"CACHE", "POP_TOP", "PRECALL", "COPY", "RERAISE"}

_Instruction = tuple[str, str, dis.Positions | None]


def check_positions(source: str) -> None:
    """Nothing has moved: no node, no code object, no instruction, neither in place nor in order."""
    check_nodes(source)
    check_bytecode(source, rewriter.compile_source(source, "m.py", "m"))


def check_nodes(source: str) -> None:
    """What the rewriter has put in taken out, the tree is the original again."""
    tree = undo(rewriter.rewrite(source, "m.py"), free_name(source))
    assert ast.dump(tree, include_attributes=True) == ast.dump(
        ast.parse(source), include_attributes=True
    )


def check_bytecode(source: str | bytes, rewritten: types.CodeType) -> None:
    """The instructions of the source are there, in order, at their lines and columns."""
    original = compile(source, "m.py", "exec", dont_inherit=True)
    for plain, ours in zip(codes(original), codes(rewritten), strict=True):
        assert (plain.co_qualname, plain.co_firstlineno) == (ours.co_qualname, ours.co_firstlineno)
        assert set(_lines(plain)) == set(_lines(ours)), plain.co_qualname
        missing = _first_missing(_untouched(plain), _untouched(ours))
        assert missing is None, f"{plain.co_qualname} lacks {missing}"


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and those in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def _lines(code: types.CodeType) -> Iterable[int | None]:
    return (line for *_, line in code.co_lines())


def _untouched(code: types.CodeType) -> Iterator[_Instruction]:
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in _DIFFERENT or "JUMP" in name or "_FAST" in name:
            continue
        positions = instruction.positions
        if name == "RETURN_CONST" and positions is not None:
            # Where there is no `return`, it takes its place from whatever comes before it.
            positions = dis.Positions(positions.lineno, positions.lineno)
        yield name, instruction.argrepr if "NAME" in name else "", positions


def _first_missing(
    wanted: Iterable[_Instruction], given: Iterable[_Instruction]
) -> _Instruction | None:
    """The first that is wanted and not given after the ones before it."""
    remaining = iter(given)
    return next((instruction for instruction in wanted if instruction not in remaining), None)
