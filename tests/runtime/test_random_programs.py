"""Programs drawn at random: op calls, variables, fetches, gradients and loops in any order.

A program that fails is printed with its number; `program(number)` gives it again.
"""

import random

import pytest


class Writer:
    """Writes one program of straight-line blocks and loops over 2x2 matrices."""

    def __init__(self, number):
        self.random = random.Random(number)
        self.lines = ["import numpy as np", "import tensorflow as tf"]
        self.indent = ""
        self.tensors = []
        self.variables = []

    def write(self, line):
        self.lines.append(self.indent + line)

    def value(self):
        kind = self.random.random()
        if kind < 0.15:
            return f"{self.random.choice([2., 0.5, -1., 3])}"
        if kind < 0.3:
            return self.random.choice(self.variables)
        if kind < 0.37:
            return f"np.full([2, 2], {self.random.randint(1, 3)}, np.float32)"
        return self.random.choice(self.tensors)

    def tensor(self):
        return self.random.choice(self.tensors)

    def expression(self):
        a, b, t = self.value(), self.value(), self.tensor()
        return self.random.choice([
            f"{t} + {a}", f"{a} - {t}", f"{t} * {b}", f"{a} * {t}", f"{t} / 2.", f"tf.tanh({t})",
            f"tf.sin({t})", f"{t} @ {self.tensor()} * 0.1", f"tf.reduce_mean({t}, 0) + {t}",
            f"tf.transpose({t})", f"tf.concat([{t}, {self.tensor()}], 0)[1:3]", f"{t}[0] + {t}",
            f"tf.maximum({t}, {self.tensor()})", f"tf.add_n([{t}, {self.tensor()}])", f"-{t}",
            f"tf.split({t}, 2)[1] * {self.tensor()}", f"tf.stack(tf.unstack({t})[::-1])",
            f"tf.where({t} > 0.5, {t}, {self.tensor()})", f"tf.stop_gradient({t}) + {t}",
            f"tf.clip_by_value({t}, -3., 3.)", f"{t} + tf.random.normal([2, 2])",
        ])

    def statement(self):
        kind = self.random.random()
        v = self.random.choice(self.variables)
        if kind < 0.5:
            name = f"t{self.random.randint(0, 5)}"
            self.write(f"{name} = tf.clip_by_value({self.expression()}, -9., 9.)")
            if name not in self.tensors:
                self.tensors.append(name)
        elif kind < 0.62:
            how = self.random.choice(["assign", "assign_add", "assign_sub"])
            self.write(f"{v}.{how}(tf.clip_by_value({self.tensor()} * 0.5, -2., 2.))")
        elif kind < 0.72:
            self.write(f"show({self.tensor()})")
        elif kind < 0.77:
            self.write(f"show({v})")
        elif kind < 0.82:
            self.write(f"if tf.reduce_sum({self.tensor()}) > {self.random.choice([0., 2.])}:")
            self.write(f"    {self.tensor()} = {self.tensor()} * 0.5")
        elif kind < 0.9:
            name = f"t{self.random.randint(0, 5)}"
            sources = ", ".join([self.random.choice(self.variables + self.tensors), v])
            self.write(
                f"g = tf.gradients({self.tensor()}, [{sources}], unconnected_gradients='zero')"
            )
            self.write(f"{name} = tf.clip_by_value(g[0] + g[1], -9., 9.)")
            if name not in self.tensors:
                self.tensors.append(name)
        elif kind < 0.95:
            self.write(f"{self.tensor()} = {self.tensor()} * float(i) + i")
        elif self.indent == "    ":
            self.write(f"for i in range({self.random.choice(['i', '2', '3'])}):")
            self.indent = "        "
            self.write("pass")
            for _ in range(self.random.randint(1, 3)):
                self.statement()
            self.indent = "    "

    def program(self):
        self.write(f"tf.random.set_seed({self.random.randint(0, 99)})")
        self.write("i = 1")
        for k in range(2):
            self.write(f"v{k} = tf.Variable([[{k + 1}., 0.5], [-1., {k}.]])")
            self.variables.append(f"v{k}")
            self.write(f"t{k} = tf.constant([[0.1, {k}.], [1., -0.5]])")
            self.tensors.append(f"t{k}")
        for _ in range(self.random.randint(1, 3)):
            self.write(f"for i in range({self.random.randint(2, 5)}):")
            self.indent = "    "
            for _ in range(self.random.randint(3, 9)):
                self.statement()
            self.indent = ""
        self.write(f"show({', '.join(sorted(set(self.tensors + self.variables)))})")
        return "\n".join(self.lines)


def program(number):
    return Writer(number).program()


@pytest.mark.parametrize("number", range(12))
def test_program_does_what_it_does_under_eager(same_as_eager, number):
    same_as_eager(program(number), plans=False, rtol=2e-3, atol=2e-3)
