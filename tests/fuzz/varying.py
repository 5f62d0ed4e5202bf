"""Loops over what varies, drawn at random: sizes, numbers, rows, batches."""

from __future__ import annotations

from .statements import Statements
from .values import Kind

# For arrays of any size of one dimension.
_OF_ANY_SIZE = (
    "tf.sin({a})",
    "{a} * 0.5 + {scalar}",
    "tf.nn.softmax({a})",
    "tf.cumsum({a}) * 0.1",
    "tf.concat([{a}, {a}], 0)",
    "{a}[::-1]",
    "tf.reshape({a}, [-1, 1])",
    "tf.square({a}) * 0.2",
    "tf.pad({a}, [[0, 1]])",
    "tf.tile({a}, [2])",
    "tf.where({a} > 0.3171, {a}, {scalar})",
    "tf.tensordot({a}, {a}, 1) * 0.1",
    "tf.boolean_mask({a}, {a} > 0.1317)",
    "tf.stack([{a}, {a}])",
    "tf.one_hot(tf.range({n}), {n}) * {scalar}",
    "tf.ones([{n}, 2]) * {scalar}",
    "tf.zeros_like({a}) + float({n})",
    "tf.gather({a}, [0, {n} - 1])",
    "{a}[:{n} // 2 + 1]",
    "tf.reduce_mean({a}) * tf.ones({n})",
    "tf.range({n}, dtype=tf.float32) * 0.2",
)


class Varying(Statements):
    """Writes loops whose iterations differ in more than their values."""

    def vector(self) -> Kind:
        """A kind of 32 bits with a dimension or two."""
        return Kind("float32", self.random.choice(((3,), (2, 3), (2, 2))))

    def bound(self, name: str, value: str, kind: Kind) -> None:
        """Gives a name to a value and keeps that small."""
        self.write(f"{name} = tf.clip_by_value({value}, -9., 9.)")
        self.scope.tensors[name] = kind

    def variable_of(self, kind: Kind) -> str:
        """A variable of that kind, a new one if there is none."""
        variables = self.scope.variables_of(kind)
        if variables:
            return self.pick(variables)
        name = self.fresh("v")
        self.write(f"{name} = tf.Variable({self.new(kind)})")
        self.scope.variables[name] = kind
        return name

    def within(self, names: dict[str, Kind], kind: Kind) -> str:
        """An expression of a function's arguments."""
        outer = self.scope.tensors, self.scope.functions
        self.scope.tensors, self.scope.functions = dict(names), {}
        try:
            return f"tf.clip_by_value({self.of(kind)}, -9., 9.)"
        finally:
            self.scope.tensors, self.scope.functions = outer

    def sizes(self) -> None:
        """A loop over arrays whose size varies."""
        count, array, name = self.fresh("n"), self.fresh("s"), self.fresh("t")
        floats = [n for n, k in self.scope.variables.items() if k == Kind("float32", ())]
        sizes = self.pick(("[2, 4, 3, 5, 1]", "[3, 1, 3, 2, 4]", "range(1, 6)", "[5, 2, 2, 7, 9]"))
        self.write(f"{name} = tf.constant(0.)")
        with self.block(f"for {count} in {sizes}:"):
            self.write(
                f"{array} = "
                + self.pick(
                    (
                        f"np.arange({count}, dtype=np.float32) * 0.3",
                        f"tf.ones([{count}]) * 0.7",
                        f"tf.constant([0.2] * {count})",
                        f"tf.linspace(-1., 1., {count})",
                    )
                )
            )
            scalar = self.pick((*floats, "0.3", f"{count}", f"1. / {count}", name))
            for _ in range(self.random.randint(1, 3)):
                self.write(f"{array} = tf.reshape({array}, [-1])[:{count}]")
                size = f"tf.shape({array})[0]" if self.chance(20) else f"len({array})"
                template = self.pick(_OF_ANY_SIZE)
                self.write(f"{array} = {template.format(a=array, n=size, scalar=scalar)}")
            self.write(f"{name} = tf.clip_by_value({name} + tf.reduce_sum({array}) * 0.1, -9., 9.)")
            if self.chance(50):
                self.write(f"show({array}, {name})")
            if floats and self.chance(50):
                with self.block("with tf.GradientTape() as tape:"):
                    self.write(f"y = tf.reduce_sum({array} * {floats[0]}) * 0.1")
                self.write(f"{floats[0]}.assign_sub(tape.gradient(y, {floats[0]}) * 0.01)")
        self.scope.tensors[name] = Kind("float32", ())

    def numbers_that_vary(self) -> None:
        """A loop over Python numbers, some of them computed from tensors."""
        kind = self.vector()
        rate, name = self.fresh("e"), self.fresh("t")
        self.write(f"{name} = {self.leaf(kind)}")
        with self.block(
            f"for {rate} in "
            + self.pick(
                ("[0.5, 0.25, 0.125, 0.1]", "[1, 2, 0, 4, 3]", "[0.5, 1, True, 2.5]",
                 "np.linspace(0., 1., 4)", "[1e-3, -0.0, 0.0, 2.0]", "np.arange(4)")
            )
            + ":"
        ):
            self.write(
                self.pick(
                    (
                        f"{name} = {name} * {rate} + {self.leaf(kind)}",
                        f"{name} = {name} - {rate} * tf.sin({name})",
                        f"{name} = tf.roll({name}, int({rate}), 0) + {rate}",
                        f"{name} = {name} + float(tf.reduce_mean({name})) * {rate}",
                        f"{name} = {name}[int({rate}) % 2] + {name}",
                        f"{name} = tf.where({name} > {rate}, {name}, {self.leaf(kind)})",
                        f"{name} = tf.pow(tf.abs({name}) + 0.3, float({rate}))",
                        f"{name} = tf.clip_by_value({name}, -1. - {rate}, 2.5)",
                    )
                )
            )
            self.write(f"{name} = tf.clip_by_value({name}, -9., 9.)")
            if self.chance(40):
                self.write(f"show({name})")
        self.scope.tensors[name] = kind

    def rows(self) -> None:
        """A loop over the rows of a tensor."""
        kind = Kind("float32", self.random.choice(((3,), (2, 3), (3, 2))))
        inner = Kind("float32", kind.shape[1:])
        row, name = self.fresh("w"), self.fresh("t")
        self.write(f"{name} = {self.leaf(inner)}")
        a, b = self.leaf(kind), self.leaf(kind)
        with self.block(
            self.pick(
                (
                    f"for {row} in {a}:",
                    f"for k, {row} in enumerate({a}):",
                    f"for {row}, other in zip({a}, {b}):",
                    f"for {row} in reversed(tf.unstack({a})):",
                    f"for {row} in list({a})[1:]:",
                )
            )
        ):
            with self.block(f"if tf.reduce_sum({row}) > 0.4317:"):
                self.write(self.pick(("continue", f"{name} = {name} + {row} * 2", "break")))
            self.write(f"{name} = tf.clip_by_value({name} * 0.5 + {row}, -9., 9.)")
        self.scope.tensors[name] = inner

    def batches(self) -> None:
        """A data set."""
        name, batch = self.fresh("t"), self.fresh("b")
        self.write(f"{name} = tf.zeros([2])")
        rows = self.random.randint(2, 5)
        self.write(
            f"data = tf.data.Dataset.from_tensor_slices(np.arange({rows * 2}).astype('f')"
            f".reshape([{rows}, 2]) * 0.1).batch({self.random.randint(1, 2)})"
        )
        with self.block(f"for {batch} in data:"):
            self.write(
                f"{name} = tf.clip_by_value({name} + tf.reduce_sum(tf.sin({batch}), 0), -9., 9.)"
            )
            if self.chance(50):
                self.write(f"show({batch} * 2, tf.shape({batch})[0])")
        self.write(f"show({name})")
