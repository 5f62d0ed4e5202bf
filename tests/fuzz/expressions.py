"""Expressions of a wanted dtype and shape, drawn at random.

Values are kept small and away from where a rounding error decides: comparisons are with odd
numbers, quotients and logarithms of what is not near zero.
"""

from __future__ import annotations

from random import Random

from . import templates
from .values import FLOATS, INTEGERS, SHAPES, Kind, Scope


class Expressions:
    """Draws expressions from what is in scope.

    Args:
        random: where all choices come from.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.scope = Scope()
        self.draws = False
        self.symbolic = False
        self.helpers: tuple[str, ...] = ()

    def pick(self, options: object) -> str:
        """One of several."""
        return self.random.choice(tuple(options))  # type: ignore[arg-type]

    def chance(self, percent: int) -> bool:
        """Whether something happens that does so in that many of a hundred cases."""
        return self.random.randint(1, 100) > 100 - percent

    def float_kind(self) -> Kind:
        """A kind of floating-point numbers, mostly of 32 bits."""
        dtype = self.pick(FLOATS) if self.chance(12) else "float32"
        return Kind(dtype, self.random.choice(SHAPES))

    def kind(self) -> Kind:
        """Any kind."""
        number = self.random.randint(1, 20)
        if number <= 13:
            return self.float_kind()
        shape = self.random.choice(SHAPES)
        if number <= 16:
            return Kind(self.pick(INTEGERS), shape)
        if number <= 18:
            return Kind("bool", shape)
        return Kind("complex64" if number == 19 else "string", shape)

    def leaf(self, kind: Kind) -> str:
        """A name of that kind, or a new value."""
        names = self.scope.tensors_of(kind)
        if names and self.chance(65):
            return self.pick(names)
        variables = self.scope.variables_of(kind)
        if variables and self.chance(70):
            return self.pick(variables)
        if names:
            return self.pick(names)
        same = [n for n, k in self.scope.tensors.items() if k.dtype == kind.dtype and n[0] != "_"]
        if same and self.chance(50):
            return self._reshaped(self.pick(same), kind)
        return self.new(kind)

    def _reshaped(self, name: str, kind: Kind) -> str:
        other = self.scope.tensors[name]
        shape = list(kind.shape)
        if kind.dtype in ("bool", "string", "complex64"):
            return f"tf.broadcast_to(tf.reshape({name}, [-1])[0], {shape})"
        if other.size == kind.size:
            return f"tf.reshape({name}, {shape})"
        if not other.shape or (kind.shape and other.shape == kind.shape[-1:]):
            return f"tf.broadcast_to({name}, {shape})"
        if other.shape[1:] == kind.shape:
            return f"{name}[{self.random.randint(0, other.shape[0] - 1)}]"
        if not kind.shape:
            return f"tf.reduce_sum({name})"
        return f"tf.broadcast_to(tf.reduce_max({name}), {shape})"

    def number(self) -> float:
        """A small number."""
        return self.random.choice((0.5, -1.0, 2.0, 0.1, 1.5, -0.3, 3.0))

    def new(self, kind: Kind) -> str:
        """An expression for a new value of that kind, of numbers alone."""
        shape = list(kind.shape)
        if kind.dtype == "bool":
            return f"tf.fill({shape}, {self.chance(50)})"
        if kind.dtype == "string":
            return f"tf.fill({shape}, {self.pick(('a', 'bc', ''))!r})"
        if kind.dtype == "complex64":
            return f"tf.complex({self.leaf(Kind('float32', kind.shape))}, {self._floats(shape)})"
        if kind.dtype in INTEGERS:
            flat = [self.random.randint(-3, 9) for _ in range(kind.size)]
            return f"tf.constant({_nested(flat, kind.shape)}, tf.{kind.dtype})"
        if kind.dtype == "float32" and self.chance(30):
            return self._floats(shape)
        flat_floats = [self.number() for _ in range(kind.size)]
        return f"tf.constant({_nested(flat_floats, kind.shape)}, tf.{kind.dtype})"

    def _floats(self, shape: list[int]) -> str:
        way = self.random.randint(1 if self.draws else 3, 6)
        if way == 1:
            return f"tf.random.normal({shape})"
        if way == 2:
            return f"tf.random.uniform({shape}, -1., 1.)"
        if way == 3:
            return f"tf.constant(np.full({shape}, {self.number()}, np.float32))"
        if way == 4:
            return f"tf.fill({shape}, {self.number()})"
        if way == 5:
            return f"tf.random.stateless_normal({shape}, [1, {self.random.randint(1, 3)}])"
        return f"tf.ones({shape})"

    def operand(self, kind: Kind) -> str:
        """What stands on one side of an operator with a tensor of that kind."""
        way = self.random.randint(1, 10)
        if way == 1:
            return str(self.number() if kind.is_float else self.random.randint(-2, 5))
        if way == 2 and kind.is_float:
            return f"np.full({list(kind.shape)}, {self.number()}, np.{kind.dtype})"
        if way == 3 and kind.dtype == "float32" and self.scope.counters:
            counter = self.pick(self.scope.counters)
            return counter if self.chance(50) else f"float({counter})"
        if way == 4 and kind.shape:
            return self.leaf(Kind(kind.dtype, kind.shape[1:]))
        return self.leaf(kind)

    def of(self, kind: Kind) -> str:
        """An expression of that kind."""
        if kind.dtype == "string":
            return self._string(kind)
        if kind.dtype == "complex64":
            a, b = self.leaf(kind), self.leaf(kind)
            return self.pick(
                (
                    f"{a} * {b} * 0.3",
                    f"{a} + {b}",
                    f"tf.math.conj({a})",
                    f"{a} * 2",
                    f"tf.complex(tf.math.real({a}), tf.math.imag({b}))",
                )
            )
        if kind.dtype == "bool":
            return self._filled(templates.BOOLEAN, kind)
        if kind.dtype in INTEGERS:
            return self._integer(kind)
        return self._float(kind)

    def _string(self, kind: Kind) -> str:
        a, b = self.leaf(kind), self.leaf(kind)
        integer = self.leaf(Kind("int32", kind.shape))
        return self.pick(
            (
                f"tf.strings.substr(tf.strings.join([{a}, {b}], '-'), 0, 6)",
                f"tf.strings.upper({a})",
                f"tf.strings.as_string({integer})",
                f"tf.strings.substr({a} + {b}, 0, 5)",
            )
        )

    def _integer(self, kind: Kind) -> str:
        if kind == Kind("int32", ()) and self.chance(40):
            matrix = self.leaf(Kind("float32", (2, 3)))
            return self.pick(
                (
                    f"tf.shape({matrix})[1]",
                    f"tf.size({matrix})",
                    f"tf.rank({matrix})",
                    f"tf.argmax(tf.reshape({matrix}, [-1]) * 1.01, output_type=tf.int32)",
                    f"tf.math.count_nonzero({matrix} > 0.3171, dtype=tf.int32)",
                    "tf.random.uniform([], 0, 5, tf.int32)" if self.draws else "tf.constant(2)",
                )
            )
        if kind == Kind("int32", (3,)) and self.chance(30):
            return self.pick(
                (
                    "tf.range(3)",
                    f"tf.argsort({self.leaf(Kind('float32', (3,)))} * 1.1)",
                    "tf.random.shuffle(tf.range(3))" if self.draws else "tf.range(1, 4)",
                    "tf.range(3) * 2",
                )
            )
        return self._filled(templates.INTEGER, kind)

    def _float(self, kind: Kind) -> str:
        way = self.random.randint(1, 20)
        if kind.dtype == "float32":
            if way == 1 and self.helpers:
                helper = self.pick(self.helpers)
                return f"helper.{helper}({self.leaf(kind)})"
            functions = [n for n, k in self.scope.functions.items() if k == kind]
            if way in (2, 3) and functions:
                return f"{self.pick(functions)}({self.leaf(kind)}, {self.operand(kind)})"
            if way == 4:
                return self._from_numpy(kind)
        if way == 5 and self.chance(50):
            chosen = templates.NUMPY
            if kind.shape:
                chosen += templates.NUMPY_RANKED
            if len(kind.shape) == 2:
                chosen += templates.NUMPY_MATRIX
        elif way <= 8:
            chosen = templates.UNARY
        elif way <= 13:
            chosen = templates.BINARY
        elif not kind.shape:
            chosen = templates.SCALAR
        elif len(kind.shape) == 2 and way <= 17:
            chosen = templates.MATRIX
        else:
            chosen = templates.RANKED
        return self._filled(chosen, kind)

    def _from_numpy(self, kind: Kind) -> str:
        a = self.leaf(kind)
        return self.pick(
            (
                f"tf.constant(np.sin({a}))",
                f"tf.convert_to_tensor({a}.numpy() * 2)"
                if a[0] != "t"
                else f"tf.convert_to_tensor({a}.numpy())",
                f"np.cos({a}).astype('f') + {a}",
                f"tf.constant(np.asarray({a}))",
                f"np.ones({list(kind.shape)}, 'f') * {a}",
            )
        )

    def _filled(self, options: templates.Templates, kind: Kind) -> str:
        template = self.random.choice(options)
        while self.scope.counters and templates.is_slow(template):
            template = self.random.choice(options)
        shape = kind.shape
        n = shape[0] if shape else 1
        parts: dict[str, object] = {"dtype": kind.dtype, "shape": list(shape), "n": n}
        if shape:
            parts["indices"] = [self.random.randint(0, n - 1) for _ in range(n)]
            parts["tiles"] = [n] + [1] * (len(shape) - 1)
            parts["padding"] = [[1, 1]] + [[0, 0]] * (len(shape) - 1)
            parts["last"] = shape[-1]
        wanted = {
            "a": lambda: self._first(kind),
            "b": lambda: self.leaf(kind),
            "any": lambda: self.leaf(Kind(kind.dtype, self.random.choice(((3,), (2, 3))))),
            "square": lambda: self.leaf(Kind(kind.dtype, (shape[-1], shape[-1]))),
            "row": lambda: self.leaf(Kind(kind.dtype, shape[-1:])),
            "turned": lambda: self.leaf(Kind(kind.dtype, shape[::-1])),
            "float": lambda: self.leaf(Kind("float32", shape)),
            "bool": lambda: self.leaf(Kind("bool", shape)),
            "int": lambda: self.leaf(Kind("int32", shape)),
            "int2": lambda: self.leaf(Kind("int32", shape)),
        }
        for name, draw in wanted.items():
            if f"{{{name}}}" in template:
                parts[name] = draw()
        if template in templates.BINARY[:3] and self.chance(50):
            parts["b"] = self.operand(kind)
        return template.format(**parts)

    def _first(self, kind: Kind) -> str:
        if self.chance(12):
            return f"({self.of(kind)})"
        return self.leaf(kind)


def _nested(flat: list[object] | list[int] | list[float], shape: tuple[int, ...]) -> object:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0]
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
