"""Calls, drawn at random, of an unmarked module that take functions or hold tapes of their own."""

from __future__ import annotations

from .streams import Streams
from .values import Kind


class WithHelpers(Streams):
    """Writes tapes of a helper around marked code, and marked tapes around a helper's op calls."""

    def marked_functions_from_unmarked_code(self) -> None:
        """Functions and variables that are handed to an unmarked module."""
        kind = self.vector()
        name = self.fresh("t")
        if not self.helpers:
            self.write(f"{name} = {self.leaf(kind)}")
            self.scope.tensors[name] = kind
            return
        value = self.within({"x": kind}, kind)
        a, b = self.leaf(kind), self.leaf(kind)
        variables = self.scope.variables_of(kind)
        options = [
            f"helper.applied(lambda x: {value}, {a})",
            f"helper.in_a_dictionary({a})['x']",
        ]
        if variables:
            options.append(f"helper.written({variables[0]}, {a})")
        if not self.symbolic:
            options.append(f"helper.summed([{a}, {b}])")
        if variables and not self.symbolic:
            options.append(f"helper.with_variable({a}, {variables[0]})")
        self.bound(name, self.pick(options), kind)

    def tape_of_a_helper(self) -> None:
        """A function whose gradient a helper takes, once or in a loop."""
        # In a tape of marked code that were a gradient of a gradient by tapes of both kinds, which
        # is a gap; and the tape that stands for `tf.gradients` under eager mode is always there.
        if not self.helpers or self.symbolic or self.tapes:
            self.assignment()
            return
        kind = self.vector()
        variable, function, x = self.variable_of(kind), self.fresh("f"), self.fresh("t")
        self.write(f"{x} = {self.leaf(kind)}")
        with self.block(f"def {function}(x):"):
            self.tapes += 1
            self._body(variable, kind)
            self.tapes -= 1
        if self.scope.counters or self.chance(30):
            self._call(function, x, variable)
        else:
            with self.block(f"for k in range({self.random.randint(2, 4)}):"):
                self._call(function, x, variable)
                if self.chance(30):
                    self.peek(x)
        self.scope.tensors[x] = kind

    def _body(self, variable: str, kind: Kind) -> None:
        names = {"x": kind, variable: kind}
        for _ in range(self.random.randint(1, 2)):
            between = self.fresh("h")
            if self.chance(35):
                self.results(between, names, kind)
            else:
                self.write(f"{between} = {self.within(names, kind)} + x * 0.3")
            names[between] = kind
            if self.chance(30):
                self.peek(between)
            if self.chance(25):
                self.write(f"{variable}.assign({variable} * 0.9)")
        if self.chance(30):
            with self.block(f"for k in range({self.random.randint(2, 4)}):"):
                self.write(f"{between} = tf.sin({between} * {variable}) + x * k")
        self.write(f"return tf.reduce_sum({between}) * 0.1 + tf.reduce_sum({variable} * x)")

    def _call(self, function: str, x: str, variable: str) -> None:
        value, gradient = self.fresh("y"), self.fresh("g")
        way = self.random.randint(1, 6)
        if way <= 2:
            called = self.pick(("value_and_gradient", "by_a_persistent_tape"))
            self.write(f"{value}, {gradient} = helper.{called}({function}, {x})")
        elif way == 3:
            self.write(
                f"{value}, {gradient} = helper.value_and_gradient(lambda v: {function}(v * {x}), "
                f"{variable})"
            )
        elif way == 4:
            self.write(f"{value} = helper.descend({function}, {x}, {variable})")
            self.write(f"{gradient} = {variable} * 1.")
        elif way == 5:
            self.write(f"{value}, {gradient} = helper.second_gradient({function}, {x})")
        else:
            self.write(f"{value}, {gradient} = helper.directional({function}, {x})")
        self.write(f"show({value}, {gradient})")
        if self.chance(60):
            self.write(f"{x} = tf.clip_by_value({x} - {gradient} * 0.1, -9., 9.)")
        if self.chance(40):
            self.write(f"{variable}.assign_sub(tf.clip_by_value({gradient}, -2., 2.) * 0.1)")

    def tape_around_a_helper(self) -> None:
        """What a helper computes, under a tape of marked code."""
        if not self.helpers or self.symbolic:
            self.assignment()
            return
        kind = self.vector()
        variable, x, tape = self.variable_of(kind), self.fresh("t"), self.fresh("tape")
        self.write(f"{x} = {self.leaf(kind)}")
        self.tapes += 1
        with self.block(f"for k in range({1 if self.scope.counters else 3}):"):
            with self.block("with tf.GradientTape() as outer:"):
                self.write(f"outer.watch({x})")
                with self.block(f"with tf.GradientTape(persistent=True) as {tape}:"):
                    self.write(f"{tape}.watch({x})")
                    between = self.fresh("h")
                    self.write(f"{between} = helper.{self.pick(self.helpers)}({x} * {variable})")
                    if self.chance(30):
                        self.peek(between)
                    self.write(
                        "y = "
                        + self.pick(
                            (
                                f"helper.halves({between})[0] * {x}",
                                f"sum(helper.halves({between}))",
                                f"helper.with_variable({between}, {variable}) * {x}",
                                f"helper.written({variable}, {between}) * {between}",
                                f"helper.in_a_dictionary({between})['y'] * {variable}",
                            )
                        )
                    )
                self.write(f"g = {tape}.gradient(y, [{x}, {variable}, {between}])")
                if self.chance(40):
                    self.peek("g[0]")
            second = f"outer.gradient(g[0], [{x}, {variable}], unconnected_gradients='zero')"
            self.write(f"show(g, {second})" if self.chance(60) else "show(g)")
            self.write(f"{x} = tf.clip_by_value({x} - g[0] * 0.1, -9., 9.)")
        self.tapes -= 1
        self.scope.tensors[x] = kind
