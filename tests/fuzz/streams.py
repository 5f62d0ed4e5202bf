"""Loops, drawn at random, over what is no tensor: ragged and sparse tensors, data sets."""

from __future__ import annotations

from collections.abc import Callable

from .derivatives import Derivatives
from .values import Kind

# Ragged tensors of three rows, one of them empty sometimes; `{a}` has six elements.
_RAGGED = (
    "tf.RaggedTensor.from_row_lengths({a}, [2, 0, 4])",
    "tf.RaggedTensor.from_row_splits({a}, [0, 1, 4, 6])",
    "tf.RaggedTensor.from_value_rowids({a}, [0, 0, 1, 2, 2, 2])",
    "tf.RaggedTensor.from_tensor(tf.reshape({a}, [3, 2]))",
)
_FROM_RAGGED = (
    "{r} * 0.5",
    "{r} + {r}",
    "tf.ragged.map_flat_values(tf.sin, {r})",
    "{r}.with_values(tf.sin({r}.values) * {v})",
    "tf.concat([{r}, {r}], 1)",
    "{r} * {v}",
    "{r}[:, :2]",
    "{r}[::-1]",
)
_SPARSE = (
    "tf.sparse.from_dense({a})",
    "tf.SparseTensor([[0, 1], [1, 2]], tf.stack([{v}, tf.reduce_max({a})]), [2, 3])",
    "tf.sparse.SparseTensor([[0, 0], [1, 0], [1, 2]], tf.reshape({a}, [-1])[:3], [2, 3])",
)
_FROM_SPARSE = (
    "tf.sparse.map_values(tf.sin, {s})",
    "{s} * tf.ones([2, 3])",
    "tf.sparse.reorder({s})",
    "{s}.with_values({s}.values * {v})",
    "tf.sparse.add({s}, {s})",
    "tf.sparse.transpose(tf.sparse.transpose({s}))",
)
_OF_SPARSE = (
    "tf.reduce_sum(tf.sparse.to_dense({s}) * {a})",
    "tf.reduce_mean(tf.sparse.sparse_dense_matmul({s}, tf.ones([3, 2]) * {v}))",
    "tf.sparse.reduce_sum({s})",
    "tf.reduce_sum({s}.values * {s}.values) * 0.3",
    "tf.add_n([tf.sin(e) for e in {s}.values]) * {v}",
    "sum(e * float(i[1]) for i, e in zip({s}.indices, {s}.values)) * 0.3",
)
_DATA = (
    "tf.data.Dataset.from_tensor_slices({a}).batch(2)",
    "tf.data.Dataset.from_tensor_slices({a}).repeat(2)",
    "tf.data.Dataset.from_tensors({a}).repeat(3)",
    "tf.data.Dataset.range(4)",
    "tf.data.Dataset.from_tensor_slices({a}).enumerate()",
    "tf.data.Dataset.zip((tf.data.Dataset.from_tensor_slices({a}), tf.data.Dataset.range(6)))",
    "tf.data.Dataset.from_tensor_slices({{'x': {a}}}).batch(3)",
)


class Streams(Derivatives):
    """Writes loops over composite tensors and data sets, with tapes inside or around them."""

    def ragged(self) -> None:
        """A loop over the rows of a ragged tensor."""
        ragged, row = self.fresh("r"), self.fresh("w")
        x, variable = self._source(Kind("float32", (6,)))
        made = self.pick(_RAGGED).format(a=f"({x} * {variable})" if self.chance(50) else x)

        def loop(total: str) -> None:
            self.write(f"{ragged} = {made}")
            for _ in range(self.random.randint(0, 2)):
                value = self.pick(_FROM_RAGGED).format(r=ragged, v=variable)
                self.write(f"{ragged} = {value}")
            if self.chance(30):
                self.write(f"show({ragged}.row_lengths(), {ragged})")
            if self.chance(25):
                self.write(
                    f"{total} = {total} + tf.reduce_sum(tf.reduce_sum({ragged}, 1)) * {variable}"
                )
                return
            numbered = self.chance(30)
            with self.block(
                f"for k, {row} in enumerate({ragged}):" if numbered else f"for {row} in {ragged}:"
            ):
                if self.chance(30):
                    with self.block(f"if len({row}) == 0:"):
                        self.write("continue")
                self.write(
                    f"{total} = {total} + tf.reduce_sum(tf.sin({row}) * {variable})"
                    + (" * k" if numbered else "")
                )
                self._during(total, variable)

        self._under_a_tape(loop, x, variable)

    def sparse(self) -> None:
        """A sparse tensor and what is made of it, in a loop."""
        sparse = self.fresh("s")
        x, variable = self._source(Kind("float32", (2, 3)))
        made = self.pick(_SPARSE).format(a=x, v=variable)

        def loop(total: str) -> None:
            self.write(f"{sparse} = {made}")
            with self.block(f"for k in range({self.random.randint(1, 3)}):"):
                if self.chance(60):
                    value = self.pick(_FROM_SPARSE).format(s=sparse, v=variable)
                    self.write(f"{sparse} = {value}")
                value = self.pick(_OF_SPARSE).format(s=sparse, v=variable, a=x)
                self.write(f"{total} = tf.clip_by_value({total} + {value}, -9., 9.)")
                self._during(total, variable)

        self._under_a_tape(loop, x, variable)

    def data(self) -> None:
        """A loop over a data set, or over its iterator."""
        data, item = self.fresh("d"), self.fresh("b")
        x, variable = self._source(Kind("float32", self.random.choice(((6,), (3, 2)))))
        self.write(f"{data} = {self.pick(_DATA).format(a=x)}")
        taken = f"tf.cast(tf.nest.flatten({item})[-1], tf.float32)"

        def loop(total: str) -> None:
            way = self.random.randint(1, 4)
            if way == 1:
                iterator = self.fresh("i")
                self.write(f"{iterator} = iter({data})")
                head = f"for {item} in [next({iterator}), *{iterator}][:3]:"
            elif way == 2:
                head = f"for _, {item} in zip(range(3), {data}):"
            else:
                head = f"for {item} in {data}:"
            with self.block(head):
                self.write(f"{total} = {total} + tf.reduce_mean(tf.sin({taken}) * {variable})")
                self._during(total, variable)

        self._under_a_tape(loop, x, variable)

    def _source(self, kind: Kind) -> tuple[str, str]:
        """The names of a tensor of that kind and of a variable that is one number."""
        x = self.fresh("t")
        self.write(f"{x} = {self.leaf(kind)}")
        self.scope.tensors[x] = kind
        return x, self.variable_of(Kind("float32", ()))

    def _during(self, total: str, variable: str) -> None:
        """What an iteration does besides computing."""
        if self.chance(25):
            self.peek(total)
        if self.chance(25):
            self.write(
                self.pick(
                    (
                        f"{variable}.assign({variable} * 0.9)",
                        f"{variable}.assign_sub(tf.clip_by_value({total}, -1., 1.) * 0.1)",
                    )
                )
            )

    def _under_a_tape(self, loop: Callable[[str], None], x: str, variable: str) -> None:
        """Writes a loop that adds to a total; mostly one that is differentiated."""
        total = self.fresh("t")
        if self.symbolic or self.chance(25):
            self.write(f"{total} = tf.constant(0.)")
            loop(total)
            self.bound(total, total, Kind("float32", ()))
            return
        tape, gradients = self.fresh("tape"), self.fresh("g")
        with self.block(f"with tf.GradientTape(persistent={self.chance(30)}) as {tape}:"):
            if self.chance(80):
                self.write(f"{tape}.watch({x})")
            self.write(f"{total} = tf.constant(0.)")
            loop(total)
        if self.chance(30):
            self.peek(total)
        self.write(
            f"{gradients} = {tape}.gradient({total}, [{x}, {variable}], "
            "unconnected_gradients='zero')"
        )
        self.write(f"show({gradients})")
        self.write(f"{variable}.assign_sub(tf.clip_by_value({gradients}[1], -1., 1.) * 0.1)")
        self.bound(total, total, Kind("float32", ()))
