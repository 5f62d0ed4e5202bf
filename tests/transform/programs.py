"""A program for every construct of the grammar; `v('a')` makes an operand that logs."""

from __future__ import annotations

import sys
from textwrap import dedent

PROGRAMS = {
    "if": "if v('a') < v('b') and not v('c') or v('d'): v('e')\nelif v('f'): v('g')",
    "while": "while v('a'): v('b')\nelse: v('c')",
    "while break": "while v('a'):\n  if v('b'): break\n  v('c')()\nelse: v('d')",
    "for": "for x in v('a'):\n  if x: continue\n  x + v('b')\nelse: v('c')",
    "for over a starred tuple": "for x in *v('a'), v('b'): print(x, sep=v('s'))",
    "loop variables": "for v('a').x, v('b')[v('c')] in [(1, 2)]: v('d')()",
    "assert": "try: assert v('a') < v('b'), v('m')\nexcept AssertionError as e: print(e.args)",
    "conditional expressions": "x = v('a') if v('b') and v('c') else v('d') if v('e') else v('f')",
    "values of and and or": "print(v('a') and v('b') or v('c'), not v('d'))",
    "chained comparison": "if v('a') < v('b') < v('c') < v('d'): v('e')",
    "comprehension": "x = [y + z for y in v('a') if y for z in v('b') if not z if y < z]",
    "generator": "print(*(y for y in v('a') if y or v('b')))",
    "dict comprehension": "x = {str(y): v('b') if y else v('c') for y in v('a') if y}",
    "class body": "class C:\n  n = v('n')\n  x = [y for y in n if y]\n  if x or n: z = n()",
    "walrus": "if (a := v('a')) and (b := v('b')): print(a, b)\n"
    "print([c for d in v('d') if (c := d)])",
    "lambda": "f = lambda x=v('a') or v('b'): v('c') if x else not x\nf()\nf(v('d'))",
    "match": "match v('s')():\n  case int(): pass\n"
    "  case x if x and v('a'): v('b')\n  case y if y: v('c')",
    "f-string": "x = f\"{v('a')!r:>{v('w')}}{v('b')}{v('c') or v('d')}{v('e')=}\"",
    "print": "print(v('a'), *v('b'), v('c') and v('d'), sep=v('s'), end=v('e'))",
    "with": "with v('a') as a, v('b') as b:\n  if a: b()",
    "try": "try:\n  while v('a'): v('b')()\n  1 / 0\nexcept ZeroDivisionError:\n"
    "  if v('c'): raise\nfinally:\n  if v('d'): v('e')",
    "except star": "try: raise ExceptionGroup('g', [ValueError(v('a'))])\n"
    "except* ValueError as e:\n  if v('b'): v('c')",
    "generator function": "def g():\n  while v('a'):\n    if (yield v('b')): v('c')\n"
    "    x = (yield v('d')) or v('e')\ni = g()\n"
    "for x in i:\n  try: i.send(x)\n  except StopIteration: break",
    "coroutine": """
        async def f():
            async for x in v('a'):
                if await x: v('b')()
            return [y async for y in v('c') if await y if y]
        try: f().send(None)
        except StopIteration as end: print(end.value)
        """,
    "scopes": """
        def outer(x):
            y = v('y')
            def inner():
                nonlocal x
                x = x and y
                return x
            if inner(): inner()
            return lambda: not x
        outer(v('a'))()
        """,
    "super and locals": """
        class A:
            def f(self): return v('f')
        class B(A):
            def f(self):
                if super().f(): print(sorted(locals()))
        B().f()
        """,
    "deleted and global": "def f():\n  global g\n  if v('a'): g = v('b')\nf()\n"
    "print(globals().get('g'))",
    "an error in a test": "def f():\n  if v('a') and missing: v('b')\nf()",
    "decorators": "@v('d')(v('a') or v('b'))\ndef f(x=v('x') and v('y'), *, z=not v('z')): pass",
    "operators": """
        x = -v('a') + ~v('b') - +v('c') * v('d') @ v('e') / v('f') // v('g') % v('h')
        x = v('a') ** v('b') << v('c') >> v('d') | v('e') ^ v('f') & v('g')
        x = v('a') == v('b'), v('c') != v('d'), v('a') >= v('b'), v('c') <= v('d'), v('a') > x
        if v('a') in v('b') and v('c') not in v('d'): v('e') is None or v('f') is not None
        """,
    "augmented assignment": """
        v('a').x += v('b')
        v('a')[v('b')] -= v('c') and v('d')
        x = v('x')
        for f in "s": x *= v('a'); x @= v('b'); x /= v('c'); x //= v('d'); x %= v('e')
        x **= v('a'); x <<= v('b'); x >>= v('c'); x |= v('d'); x &= v('e'); x ^= not v('f')
        """,
    "assignment and deletion": """
        a = v('a').x, v('b')[v('c')] = v('d')
        [a, *b], c = v('e'), v('f') or v('g')
        v('h').y: v('no') = v('i') or v('j')
        z: int
        del v('k').x, v('l')[v('m')], a
        """,
    "slices": "x = v('a')[v('b'):v('c') or v('d'):v('e')], v('f')[v('g'), ..., v('h'):]\n"
    "v('i')[:, not v('j')] = v('k')",
    "starred everything": """
        x = [*v('a'), v('b') or v('c')], (*v('d'), *v('e')), {*v('f'), not v('g')}
        y = {**v('h'), 'k': v('i') or v('j'), **v('l')}
        v('m')(*v('n') or v('o'), p=v('p') and v('q'), **v('r'))
        *a, b = v('s')
        print(*v('t'), *v('u'))
        """,
    "annotations": "def f(a: v('a') or v('b'), *b: not v('c'), **c: [v('d')]) -> (v('e') and 1):\n"
    "  x: v('never') = v('x')\n  if x: return x\nf(v('y'))\nprint(sorted(f.__annotations__))",
    "annotations under PEP 563": """
        from __future__ import annotations
        def f(a: v('a') or v('b')) -> (not v('c')):
            if a: return a
        f(v('a'))
        class C:
            x: (v('d') and v('e')) = v('f') and v('g')
        print(f.__annotations__, C.__annotations__)
        """,
    "print of its own": """
        def print(*values, end=v('end')):
            v('p')(*values)
        print(v('a'), v('b') or v('c'))
        (lambda print: print(v('d'), key=v('e')))(v('f'))
        """,
    "print without a value": "print()\nprint(sep=v('a'))\nprint('text', f'{v(\"b\")}', 1)",
    "try and return": """
        def f():
            for x in v('a'):
                try:
                    if x: return v('b')
                    elif v('c'): continue
                    raise KeyError(v('d')) from None
                except (KeyError, ValueError) as e:
                    if v('e'): break
                else: v('f')
                finally: v('g') or v('h')
            return x
        f(), f()
        """,
    "ways out of try": """
        def g():
            while v('a'):
                try:
                    x = yield v('b')
                    if x: break
                    elif v('c'): continue
                    for y in v('d'):
                        if y: break
                    else: return v('e'), x
                except ValueError: v('f')
                else: v('g')
                finally: (yield), (yield v('h'))
                try: x = yield from v('i')
                except* KeyError: v('j')
                try: v('k').l
                except (KeyError, v('m')): pass
                else:
                    match x:
                        case w if v('n'): assert v('o')
        for _ in g(): pass
        """,
    "ways out of with": """
        async def f():
            for x in v('a'):
                with v('b'), v('c') as y:
                    if x and y: return
                    async with v('d') as z:
                        while await z:
                            if v('e'): break
                    with v('f'):
                        try: return await v('g')
                        finally: v('h')
        try: f().send(None)
        except StopIteration: pass
        """,
    "nested loops": """
        for x in v('a'):
            for y in v('b'):
                if x and y: break
            else:
                while v('c'):
                    if v('d'): continue
                    break
                else: continue
            break
        """,
    "generators that delegate": """
        def inner():
            x = yield v('a')
            return x and v('b')
        def outer():
            if (yield from inner()): v('c')
            while not (yield): yield from v('d')
        g = outer(); next(g)
        try:
            for n in range(9): g.send(v(str(n)))
        except StopIteration: pass
        """,
    "asynchronous everything": """
        async def f(x=v('a') or v('b')):
            async with v('c') as c, v('d') as d:
                if c and await d: v('e')
            async for x in v('f'):
                while await x: break
                else: continue
            else: v('g')
            y = {k: await k async for k in v('h') if await v('i') or k}
            z = {x async for x in v('j') if not x}
            w = [a async for a in (b async for b in v('k') if b) if await a]
            return (await v('l')) and [x for x in await v('m') if x and await x]
        async def g():
            for x in v('n'):
                if x: yield x
        async def h():
            return [x async for x in g() if x], await f()
        try: h().send(None)
        except StopIteration as end: print(end.value)
        """,
    "class with everything": """
        @v('d')
        class A(v('a').x if v('b') and None else object, metaclass=type(None and 0 or A0)
                if 0 else type):
            __x = v('x')
            y = [z for z in (v('p'), v('q')) if z if __x] if False else [z for z in v('r') if z]
            def f(self, a=__x or y): return self.__x and __class__
        class B:
            __x = v('x')
            def f(self, a=__x or v('y')): return self.__x and __class__
            @property
            def g(self): return not self.__x
            while __x: __x = v('z')
        print(B().f(v('b')).__name__, B().g)
        """,
    "patterns": """
        class P:
            __match_args__ = ("left",)
            def __init__(self, left, right): self.left, self.right = left, right
        for x in [1, -1, 'a', None, True, [1, 2, 3], [v('l'), v('m')], {'k': 1, 'z': v('z')},
                  P(v('a'), 2), P(v('c'), 4), 1.5+2j, (), v('w')]:
            match x, v('s'):
                case ((1 | 2) as n, _) if v('b'): n + v('c')
                case (-1 | 'a', y) if y and v('d') or v('e'): pass
                case (None | True, _): v('f')
                case ([1, *rest], _) if rest: v('g')
                case ([y, z], _) if y < z: pass
                case ({'k': 1, **others}, _) if others['z']: pass
                case (P(left, right=2), _) if left: pass
                case (P(), _): v('h')
                case (1.5+2j | (), _): v('i')
                case (object(), _) as whole if not v('j'): print(whole)
        """,
    "global and nonlocal": """
        n = v('n')
        def f():
            global n, m
            k = v('k')
            def g():
                nonlocal k
                while k: k = n or v('l')
                del k
            g()
            m = n = not n
            try: k
            except NameError: print(n, m)
        f()
        """,
    "imports": """
        import os, os.path as p
        from os.path import (join as j, sep)
        from os import *
        if v('a') and sep: print(j('a', 'b'), p.sep, getcwd is os.getcwd)
        """,
    "lambdas": "f = lambda a, /, b=v('b') or v('c'), *c, d=not v('d'), **e: (a and b, c, d, e)\n"
    "print(f(v('x')), (lambda: (yield v('e') or v('f')))().send(None))",
    "nested f-strings": "x = v('x')\n"
    "print(f\"{f'{x!s:{x}}' if x else x!r:{'>'}{x and 9}} {{}} {x or x = }\")",
    "comprehensions in comprehensions": """
        print([[y or z for z in x if z] for x in [v('a'), v('b')] if x for y in x if not y],
              {y: z for y in v('c') for z in v('d') if y or z if z}, {*(q for q in v('e') if q)})
        def f():
            x = v('x')
            return [lambda: x and y for y in v('f') if (x := y)], x
        print(len(f()[0]), [g() for g in f()[0]])
        """,
    "constant tests": "while 1:\n  if __debug__: break\nwhile False: v('a')\n"
    "if 0: v('b')\nassert True, v('c')\nx = v('d') if not 0 else v('e')\nif 1 + 1: v('f')",
    "docstrings": "'doc'\ndef f():\n  'f'\n  if v('a'): 'no doc'\nf()\nprint(__doc__, f.__doc__)",
    "semicolons": "if v('a'): v('b'); v('c')\nx = v('d') and \\\n"
    "  v('e'); v('f')\nwhile v('g'): v('h'); break",
    "raise": "try:\n  if v('a'): raise ValueError(v('b')) from KeyError(v('c') or v('d'))\n"
    "  assert not v('e')\nexcept ValueError as e: print(e, e.__cause__)",
    "an error in a frame below": """
        def f(x):
            return (x
                    and x.missing_
                    or x._y)
        for i in v('a'):
            print(i,
                  f(i))
        """,
    "an assertion fails": "x = v('x')\nassert (x and\n    v('y')), f'{x}'\nassert not x\nassert x",
    "exec and eval": "x = v('x')\nexec('if x: v(\"a\")')\nprint(eval('x or v(\"b\")'))",
}

if sys.version_info >= (3, 12):
    PROGRAMS |= {
        "f-strings with their own quotes": """
            x = v('x')
            print(f"{f"{x or "text"!r:>{v("w") and 3}}" + "\\n"} {
                not x  # a comment
            } {'\\''}")
            """,
        "type parameters": """
            type A[T: (v('never') or int)] = list[T] | (v('v') and v('w'))
            def f[T: (v('b') and v('c')), *U, **P](x: T = v('x') or v('y')) -> T:
                if x: return x
            class C[T](list[T]):
                y = [x for x in v('z') if x]
                def g[S](self, s: S): return s and T
            f(), C().g(v('s'))
            print(A, A.__value__, f.__type_params__, f.__type_params__[0].__bound__)
            """,
        "type statements as names": "type = v('t')\nif type: type(v('a'))\nmatch = case = type",
    }
if sys.version_info >= (3, 13):
    PROGRAMS["defaults of type parameters"] = """
        type A[T = (v('a') or int), *U = (*v('b'),), **P = [v('c')]] = T
        def f[T = (not v('d'))](x=not v('e')): return x and T
        class C[T: int = (v('f') and int)]: x = v('g') and T
        f(), C()
        print(A.__type_params__[0].__default__, f.__type_params__[0].__default__)
        """

# Programs with tests that nobody can fetch, or that stay as they are: see `conditions`.
LEFT_TO_TENSORS = {
    "chained comparison",
    "annotations",
    "exec and eval",
    "patterns",
    "type parameters",
    "defaults of type parameters",
}

PROGRAMS = {name: dedent(source) for name, source in PROGRAMS.items()}
