"""A module with a bit of everything, for tools to look at and to run."""

# Tests, loops, prints and f-strings over one and several lines; `run` runs all of it.
PROGRAM = '''\
"""A module.

>>> add(1)
2
"""

import functools


def traced(function):
    @functools.wraps(function)
    def wrapper(*args):
        if args or not args:
            return function(*args)

    return wrapper


@traced
def add(x, y=1):
    """Add.

    >>> add(2) if add(1) else None
    3
    """
    if (x and
            y):
        return x + y
    elif x:
        return f"{x}"
    return (
        y
        or x
    )


class Shape:
    """Has sides."""

    sides = [n + 1 for n in range(3) if n]

    class Inner:
        def method(self): return self or 1

    def grow(self):
        for side in self.sides:
            if side == 2: continue
            yield side * 2
        else:
            yield 0


key = lambda x: x or (
    1)


def loops(n):
    total = 0
    while n:
        n -= 1
        for i in range(n):
            total += add(i, n)
            if total > 5 and n: break
        else:
            total += 1
    try:
        assert not total, (
            f"{total}")
    except AssertionError as error:
        print(error,
              total)
    with open(__file__) as file:
        match file.readline():
            case str() as line if line: total += key(1)
    return total


def never(x):
    if x:
        return never(x - 1)
    for y in x:
        print(y + 1)


def run():
    add(0), add(1, 0), list(Shape().grow()), Shape.Inner().method()
    return loops(3)
'''


def line_of(text: str) -> int:
    """The line on which a text stands once a comment is put before the program."""
    return PROGRAM[: PROGRAM.index(text)].count("\n") + 2
