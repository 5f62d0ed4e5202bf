"""NumPy, the standard library and Python's own constructs."""


def test_numpy_functions(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        x = tf.constant([[1.0, 2.0], [3.0, 5.0]]) * 1.0
        show(
            np.linalg.inv(x), np.allclose(x, x), np.isnan(x), np.shape(x), np.ndim(x), np.size(x)
        )
        show(np.transpose(x), np.reshape(x, -1), np.sum(x, axis=0), np.where(x > 2, 1, 0))
        show(
            np.sqrt(x),
            np.add(x, 1),
            np.ones([2, 2], "f") * x,
            np.float32(2) * x,
            x * np.float32(2),
        )
        array = np.zeros(2)
        array[:] = x[0]
        array += x[1]
        array[tf.constant(1) * 1] = 7
        show(
            array,
            array[tf.constant([0, 1])],
            [1, 2, 3][tf.constant(1) * 1],
            np.array([x[0], x[1]]),
        )
        show([*x], *x, len(x), x.ndim, x.shape.as_list())
    """, plans=False, runs=3)


def test_operators_of_every_kind(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import operator

        a = tf.constant([7, -3, 2]) * 1
        b = tf.constant([2, 2, 3]) * 1
        for name in (
            "add",
            "sub",
            "mul",
            "floordiv",
            "truediv",
            "mod",
            "pow",
            "and_",
            "or_",
            "xor",
            "lt",
            "le",
            "gt",
            "ge",
            "eq",
            "ne",
        ):
            show(name, getattr(operator, name)(a, b), getattr(operator, name)(a, 2))
        show(~a, -a, abs(a), a[1], tf.constant([[1.0, 2.0]]) @ tf.constant([[1.0], [3.0]]))
        c = a
        c += b
        c -= 1
        c *= b
        c //= 2
        show(c, a)
    """, plans=False, runs=3)


def test_copies_and_pickles(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import copy
        import pickle

        x = tf.constant([1.0, 2.0]) * 2.0
        show(pickle.loads(pickle.dumps(x.numpy())), copy.copy(x), copy.deepcopy([x, {"a": x}]))
        table = {x.ref(): "a"}
        show(x.ref() in table, (x + 0.0).ref() in table, x.ref().deref())
        for use in (
            lambda: hash(x),
            lambda: {x: 1},
            lambda: {x},
            lambda: __import__("json").dumps(x),
        ):
            try:
                use()
            except Exception as error:
                print(type(error).__name__)
    """, plans=False, runs=3)


def test_generators_interleave(same_as_eager):
    same_as_eager("""
        import tensorflow as tf


        def numbers(start):
            x = tf.constant(start) * 1.0
            while True:
                x = x * 1.5 + 1.0
                yield x


        a, b = numbers(1.0), numbers(2.0)
        total = tf.constant(0.0)
        for i in range(6):
            total = total + next(a) * 2.0 - next(b)
            if i % 2:
                show(total)
        a.close()
        show(next(b), total)
    """, plans=False, runs=3)


def test_coroutines_interleave(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import asyncio

        v = tf.Variable(0.0)


        async def worker(k):
            x = tf.constant(float(k))
            for i in range(4):
                x = x * 2.0 + i
                v.assign_add(x)
                await asyncio.sleep(0)
            return x


        async def main():
            return await asyncio.gather(*[worker(k) for k in range(3)])


        show(asyncio.run(main()), v)
    """, plans=False, runs=3)


def test_pool_of_threads(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from concurrent.futures import ThreadPoolExecutor

        w = tf.Variable([1.0, 2.0])


        def loss(k):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(w * w * float(k))
            return tape.gradient(y, w)


        with ThreadPoolExecutor(3) as pool:
            for round in range(3):
                show(list(pool.map(loss, range(6))))
                w.assign_sub([0.1, 0.1])
        show(w)
    """, plans=False, runs=3)


def test_exceptions_in_the_middle(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable([1.0, 2.0])
        for i in range(6):
            try:
                v.assign_add([1.0, 1.0])
                y = tf.gather(tf.constant([1, 2, 3]), i)
                v.assign(v * tf.cast(y, tf.float32))
                if i == 1:
                    raise KeyError(i)
            except tf.errors.InvalidArgumentError as error:
                print(
                    type(error).__name__, error.error_code if hasattr(error, "error_code") else ""
                )
            except KeyError as error:
                print(repr(error))
            finally:
                v.assign_sub([0.5, 0.5])
            show(v)
    """, plans=False, runs=3)


def test_finally_and_with(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import contextlib

        v = tf.Variable(0.0)


        @contextlib.contextmanager
        def counted():
            v.assign_add(1.0)
            try:
                yield v * 2.0
            finally:
                v.assign_add(10.0)


        for i in range(4):
            with contextlib.suppress(ZeroDivisionError), counted() as x:
                show(x)
                if i % 2:
                    1 / 0
            show(v)
    """, plans=False, runs=3)


def test_sklearn(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from sklearn.linear_model import LinearRegression
        from sklearn.metrics import mean_squared_error

        x = tf.reshape(tf.range(12.0), [6, 2]) * 0.5
        y = tf.reduce_sum(x * [1.0, 2.0], axis=1) + 1.0
        model = LinearRegression().fit(x, y)
        show(model.coef_, mean_squared_error(y, model.predict(x)))
    """, plans=False, runs=3)


def test_data_classes_and_named_tuples(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import dataclasses
        from typing import NamedTuple


        class Pair(NamedTuple):
            a: object
            b: object


        @dataclasses.dataclass
        class State:
            w: object
            count: int = 0


        state = State(tf.Variable([1.0, 2.0]))
        for i in range(4):
            pair = tf.nest.map_structure(
                lambda t: t * 2.0, Pair(state.w * 1.0, tf.constant(float(i)))
            )
            state = dataclasses.replace(state, count=state.count + int(pair.b))
            show(pair.a, pair.b, state.count)
    """, plans=False, runs=3)


def test_functools_and_closures(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import functools
        import operator

        xs = [tf.constant(float(k)) * 2.0 for k in range(4)]
        show(functools.reduce(operator.add, xs), list(map(tf.square, xs)), sum(xs))
        show(list(filter(lambda t: t > 2.0, xs)), sorted(xs, key=lambda t: -float(t)))
        show(functools.partial(tf.multiply, y=3.0)(xs[1]), [*zip(xs, xs[1:])][0])


        @functools.lru_cache
        def table(n):
            return tf.range(float(n)) * 2.0


        show(table(3), table(3) is table(3))
        make = lambda k: lambda t: t * k
        show([f(xs[2]) for f in [make(k) for k in range(3)]])
    """, plans=False, runs=3)


def test_match_statement(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for x in [tf.constant(1.0) * 1.0, tf.constant([1, 2]) * 1, [tf.constant(2) * 1, 3], None]:
            match x:
                case [a, b] if isinstance(x, list):
                    show(a, b)
                case None:
                    show("none")
                case tf.Tensor():
                    show(x.shape.rank)
    """, plans=False, runs=3)


def test_identity_and_comparison(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(1) * 1
        y = tf.constant(1) * 1
        d = {x.ref(): "a"}
        show(x.ref() in d, y.ref() in d, len({x.ref(), x.ref(), y.ref()}), x.ref().deref())
        show(
            x is x,
            x == y,
            [x][0] is x,
            x in [x],
            x in [5, y],
            any([x == 2, y == 1]),
            all([x, y]),
            sum([x, y]),
            max(x, y),
            min([x, y, 0]),
            sorted([tf.constant(3) * 1, tf.constant(1) * 1]),
        )
    """, plans=False, runs=3)


def test_indexing(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.reshape(tf.range(24.0), [2, 3, 4]) * 1
        show(
            x[0],
            x[:, 1],
            x[..., 0],
            x[:, tf.newaxis],
            x[0, 1:, ::-1],
            x[tf.constant(1)],
            x[tf.constant(0) : tf.constant(1)],
            x[:, 1:2, -1],
            x[None],
            x[-1, -1, -1],
        )
        show(
            tf.gather_nd(x, [[0, 1], [1, 2]]),
            tf.boolean_mask(x, x > 5),
            x[x > 20],
            tf.tensor_scatter_nd_update(x, [[0, 0]], [[9.0, 9.0, 9.0, 9.0]]),
        )
        for i in range(2):
            for j in range(3):
                show(x[i, j])
        y = x
        y += 1
        show(y, x)
        y *= 2
        y -= 1
        y /= 2
        y **= 2
        y //= 3
        y %= 4
        show(y)
    """, plans=False, runs=3)
