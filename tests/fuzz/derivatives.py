"""Gradients of gradients, drawn at random, between which values are asked for and written."""

from __future__ import annotations

from .several import Several
from .values import Kind


class Derivatives(Several):
    """Writes gradients of gradients, alone or in loops whose iterations do the same."""

    def second_gradient(self) -> None:
        """A gradient, then one of what was computed from it."""
        kind = self.vector()
        variable, x = self.variable_of(kind), self.fresh("t")
        # The tape that stands for `tf.gradients` under eager mode knows what comes of variables.
        start = f"{variable} * 0.7" if self.symbolic else self.leaf(kind)
        self.write(f"{x} = {start}")
        ways = [self._of_nested_tapes, self._of_one_tape]
        if self.symbolic:
            ways += [self._of_symbolic_gradients] * 3
        way = self.random.choice(ways)
        self.tapes += 1
        if self.scope.counters or self.chance(35):
            way(x, variable, kind)
        else:
            with self.block(f"for k in range({self.random.randint(2, 3)}):"):
                way(x, variable, kind)
        self.tapes -= 1
        self.scope.tensors[x] = kind

    def _of_nested_tapes(self, x: str, variable: str, kind: Kind) -> None:
        outer, inner, first, second = (self.fresh(n) for n in ("tape", "tape", "g", "g"))
        y, z = self.fresh("y"), self.fresh("z")
        again = self.chance(30)
        with self.block(f"with tf.GradientTape(persistent={self.chance(40)}) as {outer}:"):
            self._watch(outer, x)
            with self.block(f"with tf.GradientTape(persistent={again}) as {inner}:"):
                self._watch(inner, x)
                names, between = self._computed(y, x, variable, kind)
            self._between(y, variable, kind)
            taken = self._gradient(f"{inner}.gradient", first, y, names)
            known = {name: kind for name, by in taken.items() if by == between}
            if again:
                self._gradient(f"{inner}.gradient", self.fresh("g"), y, names)
            self._between(f"{first}[0]", variable, kind)
            self._combined(z, taken, names, kind)
        self._between(z, variable, kind)
        self._gradient(f"{outer}.gradient", second, z, names | known)
        self._go_on(second, x, variable, kind)

    def _of_one_tape(self, x: str, variable: str, kind: Kind) -> None:
        tape, first, second = (self.fresh(n) for n in ("tape", "g", "g"))
        y, z = self.fresh("y"), self.fresh("z")
        with self.block(f"with tf.GradientTape(persistent=True) as {tape}:"):
            self._watch(tape, x)
            names, between = self._computed(y, x, variable, kind)
            self._between(y, variable, kind)
            taken = self._gradient(f"{tape}.gradient", first, y, names)
            known = {name: kind for name, by in taken.items() if by == between}
            self._between(f"{first}[0]", variable, kind)
            self._combined(z, taken, names, kind)
            if self.chance(40):
                third = self.fresh("g")
                taken |= self._gradient(f"{tape}.gradient", third, z, names | known)
                self._between(f"{third}[0]", variable, kind)
                self._combined(z, taken, names | known, kind)
        self._gradient(f"{tape}.gradient", second, z, names | known)
        self._between(f"{second}[0]", variable, kind)
        self._gradient(f"{tape}.gradient", self.fresh("g"), z, names | known)
        self._go_on(second, x, variable, kind)

    def _of_symbolic_gradients(self, x: str, variable: str, kind: Kind) -> None:
        first, second = self.fresh("g"), self.fresh("g")
        y, z = self.fresh("y"), self.fresh("z")
        names, _ = self._computed(y, x, variable, kind)
        self._between(y, variable, kind)
        taken = self._gradient("tf.gradients", first, y, names)
        self._between(f"{first}[0]", variable, kind)
        self._combined(z, taken, names, kind)
        self._between(z, variable, kind)
        self._gradient("tf.gradients", second, z, names)
        if self.chance(30):
            self._gradient("tf.gradients", self.fresh("g"), f"{second}[-1] * {z}", names)
        self._go_on(second, x, variable, kind)

    def _watch(self, tape: str, x: str) -> None:
        if self.symbolic or self.chance(75):
            self.write(f"{tape}.watch({x})")

    def _computed(
        self, y: str, x: str, variable: str, kind: Kind
    ) -> tuple[dict[str, Kind], str]:
        """Writes how `y` is computed.

        Returns:
            What it may be differentiated by, and the one of these by which the gradient is
            certain to be computed from what is watched. In eager mode another gradient may be
            one that a tape has not seen, and as a source of the next it is unconnected.
        """
        names = {x: kind, variable: kind}
        for _ in range(self.random.randint(1, 2)):
            between = self.fresh("h")
            if self.chance(35):
                found = self.results(between, names, kind, f"{variable} * 0.3")
                if not self.symbolic:
                    names |= found
            else:
                # So that it always depends on what a tape knows.
                value = f"{self.within(names, kind)} + {self.pick((x, variable))} * 0.3"
                self.write(f"{between} = {value}")
            names[between] = kind
            if self.chance(30):
                self.peek(between)
            if self.chance(20):
                self._written(variable, kind)
        same = {name: other for name, other in names.items() if other == kind}
        self.write(f"{y} = {self.within(same, kind)} * tf.sin({between})")
        return names, between

    def _between(self, value: str, variable: str, kind: Kind) -> None:
        """What ends segments, and what is written, between one gradient and the next."""
        if self.chance(50):
            self.peek(value)
        if self.chance(25):
            self._written(variable, kind)

    def _written(self, variable: str, kind: Kind) -> None:
        value = f"tf.clip_by_value({self.leaf(kind)}, -2., 2.) * 0.3"
        self.write(
            self.pick(
                (
                    f"{variable}.assign({value})",
                    f"{variable}.assign_add({value})",
                    f"{variable}[0].assign(({value})[0])",
                    f"{variable}.assign_sub({variable} * 0.3)",
                )
            )
        )

    def _gradient(
        self, function: str, gradients: str, target: str, sources: dict[str, Kind]
    ) -> dict[str, str]:
        """Writes a gradient by some of the sources; returns by which each of its parts is."""
        drawn = [self.pick(sources) for _ in range(self.random.randint(1, 3))]
        zero = self.chance(65)
        self.write(
            f"{gradients} = {function}({target}, [{', '.join(drawn)}]"
            + (", unconnected_gradients='zero')" if zero else ")")
        )
        if not zero:  # None is compared too, then something stands for it
            self.write(f"show([e is None for e in {gradients}])")
            shapes = [list(sources[name].shape) for name in drawn]
            self.write(
                f"{gradients} = [tf.zeros(s) if e is None else e "
                f"for e, s in zip({gradients}, {shapes})]"
            )
        return {f"{gradients}[{k}]": name for k, name in enumerate(drawn)}

    def _combined(
        self, z: str, gradients: dict[str, str], names: dict[str, Kind], kind: Kind
    ) -> None:
        """Something computed from a gradient, and from what was there before it."""
        taken = self.pick(gradients)
        if names[gradients[taken]] != kind or self.chance(30):
            value = f"tf.reduce_sum({taken} * {taken}) * 0.2"
        else:
            same = [name for name, other in names.items() if other == kind]
            value = f"{taken} * {self.pick(same)} + {self.within({taken: kind}, kind)}"
        self.write(f"{z} = {value}")

    def _go_on(self, gradients: str, x: str, variable: str, kind: Kind) -> None:
        """Uses the last gradients for the next iteration."""
        self.write(f"show({gradients})")
        slope = f"tf.clip_by_value({gradients}[0], -2., 2.) * 0.1"
        if self.chance(70):
            self.write(f"{x} = tf.clip_by_value({x} - tf.reduce_sum({slope}), -9., 9.)")
        if self.chance(50):
            self.write(f"{variable}.assign({variable} * 0.9 + tf.reduce_mean({slope}))")
