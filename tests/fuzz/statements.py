"""Statements drawn at random: values, arrays, containers, control flow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from random import Random

from .expressions import Expressions
from .templates import stays_small
from .values import INTEGERS, Kind, Scope


class Statements(Expressions):
    """Writes statements.

    Args:
        random: where all choices come from; the same numbers make the same program.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.lines: list[str] = []
        self.depth = 0
        self.tapes = 0
        self.steps = 0
        self.numbers = 0
        self.budget = 0

    def write(self, line: str) -> None:
        """Adds a line."""
        self.lines.append("    " * self.depth + line)

    def fresh(self, letter: str) -> str:
        """A name not used yet."""
        self.numbers += 1
        return f"{letter}{self.numbers}"

    @contextlib.contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Writes a head; what is written inside is its block."""
        self.write(head)
        outer = self.scope
        self.scope = Scope(outer)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            self.scope = outer

    def statement(self) -> None:
        """Any statement; the writer of programs knows which there are."""
        raise NotImplementedError

    def statements(self, fewest: int, most: int) -> None:
        """Several statements."""
        for _ in range(self.random.randint(fewest, most)):
            self.statement()

    def function(self) -> None:
        """A function of two tensors of one kind."""
        kind = Kind("float32", self.float_kind().shape)
        name = self.fresh("f")
        way = self.random.randint(1, 5)
        if way == 1:
            self.write("@tf.function")
        with self.block(f"def {name}(x, y):"):
            self.scope.tensors = {"x": kind}
            self.write(f"z = tf.clip_by_value({self.of(kind)}, -9., 9.) + y * 0.5")
            self.scope.tensors["z"] = kind
            if way >= 3:
                with self.block("if tf.reduce_sum(z) > 0.7371:"):
                    self.write(f"return {self.of(kind)}")
            self.write(f"return {self.of(kind)}")
        self.scope.functions[name] = kind

    def variable(self) -> None:
        """A new variable."""
        kind = self.float_kind() if self.chance(85) else Kind("int32", (3,))
        name = self.fresh("v")
        self.write(f"{name} = tf.Variable({self.new(kind)})")
        self.scope.variables[name] = kind

    def assignment(self, kind: Kind | None = None) -> None:
        """A tensor under a new name or an old one."""
        if kind is None and self.scope.tensors and self.chance(60):
            name = self.pick(self.scope.tensors)
            kind = self.scope.tensors[name]
            if kind.is_float and self.chance(15):
                self.write(f"{name} {self.pick(('+=', '-=', '*='))} {self.operand(kind)}")
                return
        else:
            kind = kind or self.kind()
            name = self.fresh("t")
        value = self.of(kind)
        if kind.is_float and not stays_small(value):
            value = f"tf.clip_by_value({value}, -9., 9.)"
        elif kind.dtype in INTEGERS and self.chance(50):
            value = f"({value}) % 97"
        self.write(f"{name} = {value}")
        self.scope.tensors[name] = kind

    def small(self, kind: Kind) -> str:
        """A tensor to be added to a variable."""
        if kind.is_float:
            return f"tf.clip_by_value({self.of(kind)}, -2., 2.)"
        return f"({self.of(kind)}) % 5"

    def write_variable(self) -> None:
        """An assignment to a variable, whole or in part."""
        if not self.scope.variables or (self.depth == 0 and self.chance(15)):
            self.variable()
            return
        name = self.pick(self.scope.variables)
        kind = self.scope.variables[name]
        way = self.random.randint(1, 12)
        if way <= 5 or not kind.shape:
            written = (
                f"{name}.{self.pick(('assign', 'assign_add', 'assign_sub'))}({self.small(kind)})"
            )
            if self.chance(20):  # what an assignment returns is the variable, or its new value
                result = self.fresh("t")
                self.write(f"{result} = tf.identity({written})")
                self.scope.tensors[result] = kind
            else:
                self.write(written)
            return
        index = self.random.randint(0, kind.shape[0] - 1)
        row = Kind(kind.dtype, kind.shape[1:])
        if way <= 7:
            self.write(f"{name}[{index}].assign({self.small(row)})")
        elif way == 11:
            part = self.pick((f"[{index}:{index} + 1]", f"[:{index} + 1]", "[::-1]", "[...]"))
            self.write(f"{name}{part}.assign(({self.small(kind)}){part})")
        elif way == 12:
            inner = self.small(kind)
            whole = len(kind.shape) == 2
            part = self.pick(("[:, 0]", "[..., 1:]", "[:, :1]")) if whole else "[1:]"
            self.write(f"{name}{part}.assign(({inner}){part})")
        elif way == 8:
            self.write(f"{name}.scatter_nd_add([[{index}]], tf.expand_dims({self.small(row)}, 0))")
        elif way == 9:
            how = self.pick(("scatter_update", "scatter_add", "scatter_sub"))
            self.write(
                f"{name}.{how}(tf.IndexedSlices(tf.expand_dims({self.small(row)}, 0), [{index}]))"
            )
        else:
            self.write(
                f"{name}.assign({name} * 0.5).assign_add({self.small(kind)})"
                if kind.is_float
                else f"{name}.assign({name} % 3)"
            )

    def show(self) -> None:
        """Something for eyes outside."""
        names = [*self.scope.tensors, *self.scope.variables]
        name = self.pick(names)
        kind = (self.scope.tensors | self.scope.variables)[name]
        way = self.random.randint(1, 6)
        if way <= 3:
            self.write(f"show({name})")
        elif way == 4:
            self.write(f"show({self.pick(names)}, [{name}], {{'k': {self.pick(names)}}})")
        elif kind.dtype in (*INTEGERS, "bool") and name in self.scope.tensors:
            self.write(f"print('{name}', f'{{{name}}}', {name}.shape, {name}.dtype.name)")
        else:
            self.write(f"print('{name}', {name}.shape, {name}.dtype.name, {len(kind.shape)})")

    def array(self) -> None:
        """NumPy in between."""
        kind = Kind("float32", self.float_kind().shape)
        name = self.fresh("t")
        a = self.leaf(kind)
        way = self.random.randint(1, 5)
        if way == 1:
            self.write(f"{name} = tf.constant(np.clip({a}, -1., 1.).astype(np.float32))")
        elif way == 2 and kind.shape:
            array = self.fresh("a")
            self.write(f"{array} = np.full({list(kind.shape)}, {self.number()}, np.float32)")
            self.write(f"{name} = {a} * 0.5 + {array}")
            self.write(f"{array}[:] = 9.")
        elif way == 3:
            self.write(f"{name} = tf.convert_to_tensor(np.asarray({a}).copy() * np.float32(0.5))")
        elif way == 4:
            self.write(f"show(np.mean({a}), np.shape({a}), np.concatenate([np.ravel({a}), [1.]]))")
            return
        else:
            self.write(f"{name} = {a} + float(tf.reduce_sum({self.leaf(kind)})) * 0.1")
        self.write(f"{name} = tf.clip_by_value({name}, -9., 9.)")
        self.scope.tensors[name] = kind

    def containers(self) -> None:
        """Lists, comprehensions, generators, deleted names."""
        kind = self.float_kind()
        name = self.fresh("t")
        a, b = self.leaf(kind), self.leaf(kind)
        items = self.fresh("items")
        way = self.random.randint(1, 4)
        if way == 1:
            self.write(f"{items} = [{a} * k for k in range(3)] + [{b}]")
            self.write(f"{name} = tf.add_n({items}) * 0.2")
        elif way == 2:
            self.write(f"{items} = (e * 0.5 for e in [{a}, {b}])")
            self.write(f"{name} = next({items}) - next({items})")
        elif way == 3:
            self.write(f"{items} = []")
            with self.block(f"for k in range({self.random.randint(1, 4)}):"):
                self.write(f"{items}.append({a} * k + {b})")
            self.write(f"{name} = tf.reduce_mean(tf.stack({items}), 0)")
        else:
            self.write(f"{items} = {{'x': {a}, 'y': ({b}, {a} * 2)}}")
            self.write(f"{name} = tf.add_n(tf.nest.flatten({items})) * 0.2")
        self.write(f"{name} = tf.clip_by_value({name}, -9., 9.)")
        self.write(f"del {items}")
        self.scope.tensors[name] = kind

    # Control flow.

    def condition(self) -> str:
        """The truth of something."""
        floating = self.leaf(Kind("float32", self.random.choice(((), (3,), (2, 2)))))
        options = [
            f"tf.reduce_sum({floating}) > 0.7371",
            f"tf.reduce_mean({floating}) <= 0.0713",
            f"tf.reduce_max({floating}) > 1.0931 or tf.reduce_min({floating}) > -0.3713",
            f"not tf.reduce_any({floating} > 0.4391)",
            f"{self.leaf(Kind('bool', ()))}",
            f"{self.leaf(Kind('int32', ()))} % 2 == 0",
            f"0.1171 < tf.reduce_mean({floating}) < 3.3313",
            f"any(e > 0.3317 for e in tf.reshape({floating}, [-1]))",
            f"{self.leaf(Kind('int32', ()))} in (0, 2, 3)",
            f"float(tf.reduce_sum({floating})) > 0.1713 and not {self.leaf(Kind('bool', ()))}",
        ]
        options += [f"{counter} % 2" for counter in self.scope.counters] * 2
        return self.pick(options)

    def branch(self) -> None:
        """An `if`, with or without `else`, or a conditional expression."""
        if self.chance(30):
            kind = self.float_kind()
            name = self.fresh("t")
            self.write(f"{name} = {self.leaf(kind)} if {self.condition()} else {self.leaf(kind)}")
            self.scope.tensors[name] = kind
            return
        with self.block(f"if {self.condition()}:"):
            self.statements(1, 3)
        if self.chance(50):
            with self.block("else:"):
                self.statements(1, 2)

    def loop(self) -> None:
        """A `for` or a `while`."""
        counter = self.fresh("i")
        if self.chance(20):
            self.write(f"{counter} = 0")
            with self.block(
                f"while {counter} < {self.random.randint(2, 3)} and ({self.condition()}):"
            ):
                self.scope.counters.append(counter)
                self.write(f"{counter} += 1")
                self.statements(1, 4)
            return
        numbers = self.pick(
            ("range(2)", "[2, 1]", *(f"range({other} % 3)" for other in self.scope.counters))
            if self.scope.counters
            else (
                "range(2)",
                "range(3)",
                "range(5)",
                "[3, 1, 2, 1]",
                f"range(int({self.leaf(Kind('int32', ()))}) % 4)",
                f"[int(e) % 4 for e in {self.leaf(Kind('int32', (3,)))}]",
            )
        )
        with self.block(f"for {counter} in {numbers}:"):
            self.scope.counters.append(counter)
            self.statements(1, 6)
            if self.chance(15):
                with self.block(f"if {self.condition()}:"):
                    self.write(self.pick(("break", "continue")))
                self.statements(1, 2)
