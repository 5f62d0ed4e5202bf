"""Idioms of larger programs, drawn at random: recursion, classes, containers, layers."""

from __future__ import annotations

from .libraries import Libraries
from .values import Kind


class Idioms(Libraries):
    """Writes what takes several lines and has names of its own."""

    def idiom(self) -> None:
        """Any of them."""
        idioms = [
            self.recursion,
            self.generator,
            self.instance,
            self.closure,
            self.managers,
            self.second_gradient,
            self.several_results,
            self.marked_functions_from_unmarked_code,
        ]
        if self.helpers and not self.symbolic:
            idioms += [self.tape_of_a_helper] * 4 + [self.tape_around_a_helper] * 2
        if not self.scope.counters:  # the others are loops, or as slow as one
            idioms += [
                self.sizes,
                self.sizes,
                self.numbers_that_vary,
                self.rows,
                self.growing_list,
                self.growing_dictionary,
                self.left_early,
                self.batches,
                self.ragged,
                self.sparse,
                self.data,
                self.training,
                self.measured,
                self.jacobian,
            ]
        self.random.choice(idioms)()

    def recursion(self) -> None:
        """A function that calls itself."""
        kind = self.vector()
        function, name = self.fresh("r"), self.fresh("t")
        value = self.within({"x": kind}, kind)
        with self.block(f"def {function}(x, n):"):
            with self.block("if n == 0:"):
                self.write("return x")
            self.write(
                self.pick(
                    (
                        f"return {function}({value}, n - 1)",
                        f"return {value} + {function}(x, n - 1)",
                        f"return {function}({value}, n - 1) * 0.5 + {function}(x, n // 2)",
                    )
                )
            )
        deep = self.pick((*self.scope.counters, "1", "3", "5"))
        self.bound(name, f"{function}({self.leaf(kind)}, {deep})", kind)

    def generator(self) -> None:
        """A generator, taken whole or in part."""
        kind = self.vector()
        function, name = self.fresh("g"), self.fresh("t")
        value = self.within({"x": kind}, kind)
        with self.block(f"def {function}(x):"), self.block("for k in range(3):"):
            self.write(f"x = {value}")
            self.write(self.pick(("yield x", "yield x * k", "yield x * (k + 0.5)")))
        a = self.leaf(kind)
        taken = self.pick(
            (
                f"tf.add_n(list({function}({a}))) * 0.3",
                f"next({function}({a}))",
                f"sum({function}({a}))",
                f"[*{function}({a})][-1]",
                f"max({function}({a}), key=lambda e: float(tf.reduce_sum(e)))",
            )
        )
        self.bound(name, taken, kind)

    def instance(self) -> None:
        """A class with a variable and a method."""
        kind = self.vector()
        cls, thing, name = self.fresh("C"), self.fresh("c"), self.fresh("t")
        value = self.within({"x": kind, "self.w": kind}, kind)
        base = self.pick(("tf.Module", "object"))
        with self.block(f"class {cls}({base}):"):
            with self.block("def __init__(self):"):
                if base == "tf.Module":
                    self.write("super().__init__()")
                self.write(f"self.w = tf.Variable({self.new(kind)})")
                self.write("self.calls = 0")
            if self.chance(15):
                self.write("@tf.function")
            with self.block("def __call__(self, x):"):
                self.write("self.calls += 1")
                if self.chance(40):
                    self.write("self.w.assign(self.w * 0.9)")
                self.write(f"return {value}")
        self.write(f"{thing} = {cls}()")
        self.scope.variables[f"{thing}.w"] = kind
        with self.block(f"for k in range({self.random.randint(1, 4)}):"):
            self.write(f"{name} = {thing}({self.leaf(kind)})")
        self.scope.tensors[name] = kind
        self.write(f"show({thing}.calls, {thing}.w)")

    def closure(self) -> None:
        """A function made by a function, with state of its own."""
        kind = self.vector()
        function, made, name = self.fresh("h"), self.fresh("m"), self.fresh("t")
        value = self.within({"x": kind, "last": kind}, kind)
        with self.block(f"def {function}(last):"):
            with self.block("def inner(x):"):
                self.write("nonlocal last")
                self.write(f"last = {value}")
                self.write("return last")
            self.write("return inner")
        self.write(f"{made} = {function}({self.leaf(kind)})")
        self.write(f"{made}({self.leaf(kind)})")
        self.bound(name, f"{made}({self.leaf(kind)})", kind)

    def growing_list(self) -> None:
        """A list that grows while a loop runs, and is used at the end of it or after it."""
        kind = self.vector()
        items, name = self.fresh("items"), self.fresh("t")
        variables = self.scope.variables_of(kind)
        self.write(f"{items} = [{self.leaf(kind)}]")
        self.write(f"{name} = {self.leaf(kind)}")
        with self.block(f"for k in range({self.random.randint(2, 6)}):"):
            value = self.within({f"{items}[-1]": kind, name: kind}, kind)
            self.write(f"{items}.append({value})")
            if self.chance(50):
                self.write(f"{name} = {items}[k // 2] * 0.5")
            if variables and self.chance(50):
                self.write(f"{variables[0]}.assign({items}[-1] * 0.3)")
            if self.chance(30):
                with self.block(f"if len({items}) > 3:"):
                    self.write(f"{items}.pop(0)")
        self.bound(
            name,
            self.pick(
                (
                    f"tf.reduce_mean(tf.stack({items}), 0)",
                    f"{items}[-1] - {items}[0]",
                    f"tf.add_n({items}) * 0.1",
                    f"tf.stack({items})[1]",
                    f"sum({items}[1:]) * 0.2",
                )
            ),
            kind,
        )
        if self.chance(40):
            self.write(f"show({items})")
        self.write(f"del {items}")

    def growing_dictionary(self) -> None:
        """A dictionary of running values."""
        kind = self.vector()
        state, name = self.fresh("d"), self.fresh("t")
        self.write(f"{state} = {{'a': {self.leaf(kind)}, 'n': 0}}")
        with self.block(f"for k in range({self.random.randint(2, 5)}):"):
            value = self.within({f"{state}['a']": kind}, kind)
            self.write(f"{state}[f'k{{k}}'] = {state}['a'] * k")
            self.write(f"{state}['a'] = {value}")
            self.write(f"{state}['n'] += 1")
            if self.chance(40):
                self.write(f"show({state})")
        self.bound(name, f"{state}['a'] + {state}['k1']", kind)
        self.write(f"show({state})")

    def left_early(self) -> None:
        """A loop that a `break`, an `else` or a `finally` ends, and a comparison of tensors."""
        counter = self.fresh("i")
        with self.block("try:"):
            with self.block(f"for {counter} in range(4):"):
                self.scope.counters.append(counter)
                self.statements(1, 2)
                with self.block(f"if {self.condition()}:"):
                    self.write("break")
                with self.block("try:"):
                    self.statement()
                    if self.chance(30):
                        self.write("continue")
                with self.block("finally:"):
                    self.write_variable()
            with self.block("else:"):
                self.show()
        with self.block("finally:"):
            self.show()

    def managers(self) -> None:
        """A `with` of TensorFlow's or of Python's."""
        manager = self.pick(
            (
                "tf.name_scope('inner')",
                "tf.device('CPU:0')",
                "contextlib.suppress(tf.errors.InvalidArgumentError)",
                "contextlib.nullcontext()",
                "tf.control_dependencies([])",
            )
        )
        if "contextlib" in manager:
            self.write("import contextlib")
        with self.block(f"with {manager}:"):
            self.statements(1, 2)
            if "suppress" in manager:
                a = self.leaf(Kind("int32", (3,)))
                self.write(f"tf.gather({a}, [7])" if self.chance(50) else f"tf.reshape({a}, [4])")
                self.statement()

    def jacobian(self) -> None:
        """A Jacobian, gradients with weights, what a tape knows."""
        kind = Kind("float32", (3,))
        name, tape = self.fresh("v"), self.fresh("tape")
        self.write(f"{name} = tf.Variable({self.new(kind)})")
        self.scope.variables[name] = kind
        with self.block(f"with tf.GradientTape(persistent=True) as {tape}:"):
            self.write(f"y = tf.sin({name}) * {self.leaf(kind)}")
            if self.chance(30):
                self.write(f"{tape}.reset()")
                self.write(f"y = {name} * {name}")
        self.write(
            self.pick(
                (
                    f"show({tape}.jacobian(y, {name}, experimental_use_pfor=False))",
                    f"show({tape}.gradient(y, {name}, output_gradients=tf.range(3.)))",
                    f"show({tape}.gradient([y, {name} * 2], {{'k': {name}}}))",
                    f"show(len({tape}.watched_variables()))",
                    f"show({tape}.gradient(y, {name}), {tape}.gradient(y[1], {name}))",
                )
            )
        )
