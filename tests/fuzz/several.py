"""Op calls with several results, drawn at random, and gradients by and of one or all of these."""

from __future__ import annotations

from typing import NamedTuple

from .values import Kind
from .varying import Varying

# A matrix of two rows whose factors are far from where they change their signs.
_WELL_CONDITIONED = "tf.tanh({a}) * 0.2 + tf.constant([[3., 0.5], [0.1, 1.]])"


class _OpCall(NamedTuple):
    """An op call with several results, the first of which is of the kind of its arguments.

    Attributes:
        targets: what the results are given to: `{first}`, `{second}` and the rest.
        call: the call; `{a}` and `{b}` are its arguments.
        rank: how many dimensions these have at least.
        square: whether they must be square matrices.
        second: what the second result is: "same", or "integers", or "vector".
    """

    targets: str
    call: str
    rank: int = 0
    square: bool = False
    second: str = "same"


_OP_CALLS = (
    _OpCall("{first}, {second}", "tf.unstack(tf.stack([{a}, {b}]))"),
    _OpCall("{second}, {first}", "tf.unstack(tf.stack([{a}, {b}], -1), axis=-1)"),
    _OpCall("{first}, {second}", "tf.nn.moments(tf.stack([{a}, {b}]), [0])"),
    _OpCall("{second}, {first}", "tf.nn.moments(tf.stack([{a}, {b}]), [0])"),
    _OpCall(
        "{first}, {second}",
        "tf.nn.weighted_moments("
        "tf.stack([{a}, {b}]), [0], tf.stack([tf.abs({b}) + 0.3, tf.ones_like({a})]))",
    ),
    _OpCall("({first}, {second}), _", "tf.clip_by_global_norm([{a} + 0.37, {b}], 1.7)"),
    _OpCall(
        "{first}, {second}",
        "tf.custom_gradient(lambda x, y: ((x * y, x + y), lambda d, e: (d * y + e, d * x)))"
        "({a}, {b})",
    ),
    _OpCall("{first}, {second}", "tf.raw_ops.Unpack(value=tf.stack([{a}, {b}]), num=2)"),
    _OpCall("{first}, {second}", "tf.split(tf.concat([{a}, {b}], 0), 2)", rank=1),
    _OpCall("{second}, {first}", "tf.split(tf.concat([{a}, {b}], -1), 2, axis=-1)", rank=1),
    _OpCall("{first}, {second}", "tf.math.top_k({a} * 1.01, {last})", rank=1, second="integers"),
    _OpCall(
        "{second}, {first}",
        "tf.raw_ops.SoftmaxCrossEntropyWithLogits(features={a}, labels=tf.nn.softmax({b}))",
        rank=2,
        second="vector",
    ),
    _OpCall("{first}, {second}", f"tf.linalg.qr({_WELL_CONDITIONED})", square=True),
    _OpCall("{second}, {first}", f"tf.linalg.qr({_WELL_CONDITIONED})", square=True),
    _OpCall(
        "{second}, {first}", f"tf.linalg.eigh({_WELL_CONDITIONED})", square=True, second="vector"
    ),
    _OpCall("{second}, {first}, _", f"tf.linalg.svd({_WELL_CONDITIONED})", square=True,
            second="vector"),
    _OpCall("{second}, _, {first}", f"tf.linalg.svd({_WELL_CONDITIONED})", square=True,
            second="vector"),
    _OpCall("{first}, {second}", "tf.meshgrid({a}[0], {b}[1])", square=True),
)


class Several(Varying):
    """Writes op calls with several results."""

    def results(
        self, first: str, names: dict[str, Kind], kind: Kind, term: str = "0.1"
    ) -> dict[str, Kind]:
        """Writes such an op call; returns its results, as far as they are floating-point.

        Args:
            first: the name of the result that is of the kind.
            names: what its arguments are computed from.
            term: what is added to its first argument.
        """
        square = len(kind.shape) == 2 and kind.shape[0] == kind.shape[1] == 2
        call = self.random.choice(
            [
                call
                for call in _OP_CALLS
                if call.rank <= len(kind.shape) and (square or not call.square)
            ]
        )
        second = self.fresh("t")
        kinds = {
            "same": kind,
            "integers": Kind("int32", kind.shape),
            "vector": Kind(kind.dtype, kind.shape[:1]),
        }
        a, b = (self.within(names, kind) for _ in range(2))
        value = call.call.format(a=f"({a} + {term})", b=b, last=kind.shape[-1] if kind.shape else 1)
        self.write(f"{call.targets.format(first=first, second=second)} = {value}")
        if call.second == "integers":
            return {first: kind}
        return {first: kind, second: kinds[call.second]}

    def peek(self, value: str) -> None:
        """Asks for a value, shows it or not."""
        way = self.random.randint(1, 5)
        if way <= 2:
            self.write(f"show({value})")
        elif way == 3:
            self.write(f"float(tf.reduce_sum({value}))")
        elif way == 4:
            self.write(f"{value}.numpy()")
        else:
            with self.block(f"if tf.reduce_sum({value}) > 0.7371:"):
                self.write("show('larger')")

    def several_results(self) -> None:
        """Some of the results of an op call, in values and in gradients."""
        kind = self.vector()
        variable, x, y = self.variable_of(kind), self.fresh("t"), self.fresh("y")
        tape, gradients = self.fresh("tape"), self.fresh("g")
        self.write(f"{x} = {self.leaf(kind)}")
        with self.block(f"with tf.GradientTape(persistent={self.chance(50)}) as {tape}:"):
            if self.chance(80):
                self.write(f"{tape}.watch({x})")
            first = self.fresh("t")
            found = self.results(first, {x: kind, variable: kind}, kind)
            if self.chance(40):
                self.peek(self.pick(found))
            used = [self.pick(found)] if self.chance(50) else list(found)
            terms = [f"tf.reduce_sum(tf.sin({name}) * {name})" for name in used]
            self.write(f"{y} = {' + '.join(terms)} * 0.3")
        if self.chance(40):
            self.peek(self.pick((*found, y)))
        sources = {x: kind, variable: kind, **found}
        drawn = [self.pick(sources) for _ in range(self.random.randint(1, 3))]
        self.write(
            f"{gradients} = {tape}.gradient("
            f"{self.pick((y, y, f'[{y}, {first}]'))}, [{', '.join(drawn)}], "
            "unconnected_gradients='zero')"
        )
        for k, name in enumerate(drawn):
            self.bound(self.fresh("t"), f"{gradients}[{k}]", sources[name])
        self.bound(first, first, kind)
