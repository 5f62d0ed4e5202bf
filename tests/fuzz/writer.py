"""Writes programs drawn at random."""

from __future__ import annotations

from random import Random

from .idioms import Idioms
from .templates import FOLLOWED_HELPERS, HELPERS, is_slow
from .values import Kind

DEEPEST = 3


class Writer(Idioms):
    """Writes one program: its frame, and what has to do with gradients, steps and errors."""

    most_statements = 7

    def program(self) -> str:
        """The whole program."""
        self.write("import numpy as np")
        self.write("import tensorflow as tf")
        self.symbolic = self.chance(40)
        if self.chance(30):
            self.helpers = FOLLOWED_HELPERS if self.symbolic else HELPERS
            self.write("from tests.fuzz import helper")
        self.draws = self.chance(30)
        if self.draws:
            self.write(f"tf.random.set_seed({self.random.randint(0, 9)})")
        if self.chance(50):
            self.function()
        for _ in range(self.random.randint(1, 2)):
            self.variable()
        for _ in range(self.random.randint(1, 2)):
            self.assignment(self.kind())
        self.budget = self.random.randint(2, self.most_statements)
        while self.budget > 0:
            if self.chance(35):
                self.loop()
            elif self.chance(25):
                self.idiom()
            else:
                self.statement()
        self.write("show(" + ", ".join([*self.scope.tensors, *self.scope.variables]) + ")")
        return "\n".join(self.lines) + "\n"

    def statement(self) -> None:
        """Any statement."""
        self.budget -= 1
        way = self.random.randint(1, 100)
        if way <= 42:
            self.assignment()
        elif way <= 56:
            self.write_variable()
        elif way <= 67:
            self.show()
        elif way <= 72:
            self.array()
        elif way <= 74 or self.depth >= DEEPEST:
            self.containers()
        elif way <= 78:
            self.idiom()
        elif way <= 82:
            self.branch()
        elif way <= 86:
            self.loop()
        elif way <= 91:
            self.tape()
        elif way <= (96 if self.symbolic else 91):
            self.symbolic_gradient()
        elif way <= 97:
            self.step()
        elif way == 98:
            self.refused()
        else:
            self.native()

    def sources(self) -> list[str]:
        """What gradients are taken with respect to."""
        names = list(self.scope.floats())
        for _ in range(20):  # a variable may be one of integers
            if names:
                break
            self.variable()
            names = list(self.scope.floats())
        return [self.pick(names) for _ in range(self.random.randint(1, 3))]

    def use(self, gradients: str, sources: list[str]) -> None:
        """Goes on with gradients."""
        floats = self.scope.floats()
        for k, source in enumerate(sources):
            if source in self.scope.variables and self.chance(50):
                self.write(
                    f"{source}.assign_sub(tf.clip_by_value(tf.convert_to_tensor({gradients}[{k}]), "
                    "-2., 2.) * 0.1)"
                )
            else:
                name = self.fresh("t")
                self.write(
                    f"{name} = tf.clip_by_value(tf.convert_to_tensor({gradients}[{k}]), -9., 9.)"
                )
                self.scope.tensors[name] = floats[source]

    def target(self) -> str:
        """What is differentiated: a number, the more often the newer a name is."""
        names = [n for n, kind in self.scope.floats().items() if kind.dtype == "float32"]
        if not names:
            return f"tf.reduce_sum({self.leaf(Kind('float32', ()))})"
        name = self.pick(names[-4:])
        return self.pick(
            (f"tf.reduce_sum({name} * {name}) * 0.1", f"tf.reduce_mean({name})", name)
        )

    def tape(self) -> None:
        """A tape, and gradients from it inside or after it; sometimes of gradients."""
        tape, gradients = self.fresh("tape"), self.fresh("g")
        persistent = self.chance(40)
        sources = self.sources()
        target = self.fresh("y")
        self.budget -= 2
        self.tapes += 1
        outer = self.scope
        with self.block(f"with tf.GradientTape(persistent={persistent}) as {tape}:"):
            for source in sources:
                if source in self.scope.tensors:
                    self.write(f"{tape}.watch({source})")
            before = set(self.scope.tensors)
            self.statements(1, 4)
            if persistent and self.chance(20):
                with self.block(f"with {tape}.stop_recording():"):
                    self.statement()
            if self.tapes < 3 and self.chance(35) and self.depth < DEEPEST:
                self.tape()
            self.write(f"{target} = {self.target()}")
            kept = {n: k for n, k in self.scope.tensors.items() if n not in before}
        self.tapes -= 1
        outer.tensors.update(kept)
        zero = self.pick(("'zero'", "tf.UnconnectedGradients.ZERO"))
        # A source may have been given another value inside; the tape is asked for what it is now.
        self.write(
            f"{gradients} = {tape}.gradient({target}, [{', '.join(sources)}], "
            f"unconnected_gradients={zero})"
        )
        self.use(gradients, sources)
        if persistent and self.chance(60):
            more = self.sources()
            self.write(
                f"show({tape}.gradient({self.pick((target, *kept)) if kept else target}, "
                f"[{', '.join(more)}]))"
            )
            if self.chance(30):
                self.write(f"del {tape}")

    def symbolic_gradient(self) -> None:
        """A `tf.gradients`."""
        # Of variables, which the tape that stands for it under eager mode always knows.
        names = [name for name in self.scope.floats() if name.startswith("v")]
        if not names or not self.symbolic:
            self.variable()
            return
        gradients = self.fresh("g")
        sources = [self.pick(names) for _ in range(self.random.randint(1, 3))]
        self.write(
            f"{gradients} = tf.gradients({self.target()}, [{', '.join(sources)}], "
            "unconnected_gradients='zero')"
        )
        self.use(gradients, sources)

    def step(self) -> None:
        """A step with a gradient in it; what it makes stays in it."""
        self.steps += 1
        if self.steps > 1 or self.tapes:
            self.steps -= 1
            self.assignment()
            return
        outer = self.scope
        with self.block("with tf.new_step() as step:"):
            name = self.pick(outer.variables) if outer.variables else None
            # What is made in the step cannot be differentiated after it, so no outer name is set.
            self.scope.tensors = {}
            self.statements(1, 3)
            if name is not None and outer.variables[name].is_float:
                self.write(f"loss = tf.reduce_sum({name} * {name}) * 0.1")
                self.write(f"{name}.assign_sub(tf.gradients(loss, {name})[0] * 0.1)")
                self.write("show(step.run(loss), loss)")
        self.steps -= 1

    def refused(self) -> None:
        """An error that the program catches, or not, with writes around it."""
        a = self.leaf(Kind("float32", (2, 3)))
        i = self.leaf(Kind("int32", (3,)))
        bad = self.pick(
            (
                f"tf.reshape({a}, [4, -1])",
                f"{a} @ {a}",
                f"{a} + {i}",
                f"{i} // 0",
                f"{a} + tf.ones([4])",
                f"tf.debugging.assert_less({a}, -50.)",
                f"tf.gather({i}, 7)",
                f"[1, 2][{i}[0] * 0 + 5]",
                f"tf.debugging.check_numerics({a} / 0., 'x')",
                f"{a}[5]",
                f"float({a})",
                f"bool({i})",
                "tf.constant({})",
                f"{a}.nothing",
                "1 / 0",
                f"tf.one_hot({a}, 3)",
                f"tf.concat([{a}, {i}], 0)",
                f"tf.nothing({a})",
                f"len({a}[0, 0])",
            )
        )
        with self.block("try:"):
            self.statement()
            self.write(f"show({bad})" if self.chance(30) else bad)
            self.statement()
        with self.block("except Exception as error:"):
            self.write("print(type(error).__name__)")
            if self.chance(5):
                self.write("raise")
            elif self.scope.variables:
                self.write_variable()

    def native(self) -> None:
        """What calls functions of the program's: TensorFlow's control flow, Python functions."""
        kind = Kind("float32", self.random.choice(((3,), (2, 3))))
        name = self.fresh("t")
        a, b = self.leaf(kind), self.leaf(kind)
        shape = list(kind.shape)
        values = (
            f"tf.cond(tf.reduce_sum({a}) > 0.7371, lambda: {a} * 2, lambda: {b})",
            f"tf.while_loop(lambda k, x: k < 3, lambda k, x: (k + 1, x + {b}), (0, {a}))[1]",
            f"tf.reshape(tf.numpy_function(lambda e: e * 2, [{a}], tf.float32), {shape})",
            f"tf.reshape(tf.numpy_function(lambda e: e + 1, [{a}], tf.float32), {shape})",
            f"tf.vectorized_map(lambda e: e * 2 + 1, {a})",
            f"tf.custom_gradient(lambda x: (x * 2, lambda d: d))({a})",
            f"tf.switch_case({self.leaf(Kind('int32', ()))} % 2, [lambda: {a}, lambda: {b}])",
            f"tf.function(lambda x, y: tf.sin(x) * y)({a}, {b})",
            f"tf.foldl(lambda x, e: x + e, tf.stack([{a}, {b}]))",
            f"tf.recompute_grad(lambda x: tf.sin(x) * x)({a})",
            f"tf.TensorArray(tf.float32, 2).unstack([{a}, {b}]).read(1)",
            f"tf.RaggedTensor.from_row_lengths({a}, [2, {kind.shape[0] - 2}])[0, 0] + {b}",
            f"list(tf.data.Dataset.from_tensors({a}).map(lambda e: e * 2))[0]",
        )
        quick = [value for value in values if not is_slow(value)]
        value = self.pick(quick if self.scope.counters else values)
        self.write(f"{name} = tf.clip_by_value({value}, -9., 9.)")
        self.scope.tensors[name] = kind


def program(number: int) -> str:
    """The program of that number, always the same."""
    return Writer(Random(number)).program()
