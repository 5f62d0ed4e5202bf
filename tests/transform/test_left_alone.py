"""What Python itself treats in a way of its own must find itself where the user put it."""

from __future__ import annotations

from typing import Any


def test_super_locals_and_exec_see_the_scope_that_they_stand_in(compare: Any) -> None:
    source = """
        class Base:
            def value(self): return [1]

        class Derived(Base):
            def value(self):
                if super().value():
                    print(f"{__class__.__name__}")
                    return super().value() and sorted(locals())

        def f(x):
            y = x or 2
            exec("z = 3")
            if eval("x + y"):
                return (sorted(locals()), [sorted(vars()) for i in (1,) if i], eval("y"))

        value = Derived().value(), f(0)
        names = sorted(name for name in dir() if not name.startswith("_"))
        """
    # What `locals()` shows after `exec` depends on Python's version.
    (in_method, in_function), names = compare(source, lambda load: (load().value, load().names))
    assert in_method == ["__class__", "self"] and in_function[0][:2] == ["x", "y"]
    assert names == ["Base", "Derived", "f", "value"]


def test_a_print_of_ones_own_is_called(compare: Any) -> None:
    source = """
        printed = []

        def print(*values, end="."): printed.append((values, end))

        def f(print):
            return print(1 + 1, *[2, 3], sep="")

        print(1 + 1, [2], end=str(3 or 4))
        value = f(lambda *values, **options: (values, options)), printed
        """
    seen = compare(source, lambda load: load().value)
    assert seen == (((2, 2, 3), {"sep": ""}), [((2, [2]), "3")])
