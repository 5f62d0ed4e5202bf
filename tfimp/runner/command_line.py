"""The command line of `python -m tfimp`.

What follows the program belongs to the program, whatever it looks like, and `-m` and `-c` end the
options as they do with python.  argparse knows no such rule and is slow to import; it is used for
nothing but to describe the options to the shell's completion.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import NoReturn

    from tfimp.runner.programs import Program

USAGE = "usage: tfimp [options] [script.py | -m module | -c code | -] [arguments ...]"

# Names, the name of a value, and what `--help` and completion say.
OPTIONS = (
    (("--eager",), None, "rewrite the program although it does not hold the comment"),
    (("--show",), None, "do not run the program, print it as it would be run"),
    (("-V", "--version"), None, "print the version"),
    (("-h", "--help"), None, "print this help"),
    (("--print-completion",), "shell", "print a completion script for bash, zsh or tcsh"),
)
_SHELLS = ("bash", "zsh", "tcsh")

_HELP = """\
{usage}
       python -m tfimp, with the same options and arguments, does the same.

Run a Python program whose TensorFlow code is written as one writes NumPy.  A program opts in with
one comment at its top:

    # tfimp: eager

A program without it runs as it does under python.  Modules that the program imports are treated
the same way: those that hold the comment are rewritten, others are not.

what to run:
  script.py     a script, or a folder or zip file with a __main__.py
  -m module     a module or package, found as by import
  -c code       the code itself
  -             the code that comes on standard input
  arguments     what follows is the program's own, in sys.argv[1:]
  (nothing)     a prompt at which every input is rewritten, if standard input is a terminal

options:
{options}

Options of python itself stand before -m: `python -O -m tfimp script.py`.

environment variables:
  TFIMP_DISABLE=1        run everything as plain Python: nothing is rewritten
  TFIMP_TRACEBACK=full   show tfimp's own frames, which tracebacks leave out

examples:
  tfimp train.py --epochs 3             run a marked script
  tfimp --eager -m my_package.train     run a module that is not marked as if it were
  tfimp --show train.py                 see what the comment makes of it
  eval "$(tfimp --print-completion bash)"
"""


def main() -> None:
    """Do what the command line says.  Ends by SystemExit where the status is not 0."""
    eager = show = False
    arguments = sys.argv[1:]
    while arguments and arguments[0] != "-" and arguments[0].startswith("-"):
        argument = arguments.pop(0)
        name, _, value = argument.partition("=")
        if argument == "--eager":
            eager = True
        elif argument == "--show":
            show = True
        elif argument in ("-h", "--help"):
            return print(_help(), end="")
        elif argument in ("-V", "--version"):
            return print(f"tfimp {_version()}")
        elif name == "--print-completion":
            return _print_completion(value or _take_value(name, arguments))
        elif argument[:2] in ("-m", "-c"):
            # As with python, the value may follow at once or as the next argument.
            option = argument[:2]
            arguments.insert(0, argument[2:] or _take_value(option, arguments))
            return _start(option, arguments, eager, show)
        else:
            _usage_error(f"unknown option {argument}")
    _start("", arguments, eager, show)


def _start(option: str, arguments: list[str], eager: bool, show: bool) -> None:
    if sys.stdin is None and not arguments:
        _usage_error("nothing to run")
    on_standard_input = not option and arguments[:1] in ([], ["-"])
    # As python does: what is typed at a terminal is not a script.
    if on_standard_input and not show and sys.stdin is not None and sys.stdin.isatty():
        from tfimp.interactive.console import interact

        return interact(arguments or [""])
    from tfimp.runner.start import start

    start(_program(option, arguments[0] if arguments else ""), arguments[1:], eager, show)


def _program(option: str, name: str) -> Program:
    from tfimp.runner import programs

    if option == "-m":
        return programs.Module(name)
    if option == "-c":
        return programs.Code(name)
    if name in ("", "-"):
        return programs.StandardInput(name)
    return programs.script(name)


def _take_value(option: str, arguments: list[str]) -> str:
    if not arguments:
        _usage_error(f"argument expected for the {option} option")
    return arguments.pop(0)


def _usage_error(message: str) -> NoReturn:
    print(f"tfimp: {message}\n{USAGE}\nTry `tfimp --help`.", file=sys.stderr)
    raise SystemExit(2)


def _help() -> str:
    described = []
    for names, value, text in OPTIONS:
        described.append((", ".join(names) + (f" {value.upper()}" if value else ""), text))
    width = max(len(option) for option, _ in described)
    lines = [f"  {option:{width}}  {text}" for option, text in described]
    return _HELP.format(usage=USAGE, options="\n".join(lines))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tfimp")
    except PackageNotFoundError:
        import tfimp

        return tfimp.__version__


def _print_completion(shell: str) -> None:
    if shell not in _SHELLS:
        _usage_error(f"no completion for {shell}, only for {', '.join(_SHELLS)}")
    import shtab

    print(shtab.complete(_parser(), shell))


def _parser() -> ArgumentParser:
    """The options as argparse describes them.  It parses nothing."""
    import argparse

    import shtab

    parser = argparse.ArgumentParser(prog="tfimp", add_help=False)
    for names, value, text in OPTIONS:
        if value is None:
            parser.add_argument(*names, action="store_true", help=text)
        else:
            parser.add_argument(*names, choices=_SHELLS, help=text)
    parser.add_argument("-m", metavar="module", help="run a module or package")
    parser.add_argument("-c", metavar="code", help="run the code itself")
    program = parser.add_argument("program", nargs="*", help="a script, folder or zip file")
    program.complete = shtab.FILE  # type: ignore[attr-defined]
    return parser
