"""Python really runs: loops, generators, recursion, classes, and what they keep alive."""


def test_conditions_on_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(5)
        if x > 4: print('big')
        while x > 0:
            x = x - 1
            if x == 2: continue
            print(int(x))
        print('yes' if x == 0 else 'no', not x, bool(x), x == 0 and 'a', x or 'b')
        assert x == 0
        print([int(i) for i in tf.range(5) if i % 2 == 0])
    """)


def test_nested_while_loops(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant(1.0)
        n = 0
        while x < 50.0:
            x = x * 1.5
            n += 1
            y = x
            while y > 1.0:
                y = y / 2
        print(n)
        show(x, y)
    """)


def test_break_and_else(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for i in range(5):
            x = tf.ones([2]) * i
            for j in range(10):
                x = x + 1
                if x[0] > 6: break
            else:
                print('never')
            show(x, j)
    """)


def test_nested_loops_of_varying_length(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        for a in (1, 3, 2, 4, 1, 5):
            x = tf.ones([2])
            for b in range(a):
                for c in range(b):
                    x = x + 0.5
                x = x * 1.1
            show(x)
    """)


def test_results_that_nobody_keeps(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for i in range(6):
            x = tf.ones([3]) * 2
            y = x + 1
            del y
            z = x * 3
            _ = z - 1
            show(z)
    """)


def test_results_kept_in_a_list(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        hold = []
        for i in range(6):
            x = tf.ones([3]) * i
            y = x + 1
            hold.append(x)
            show(y)
        show(hold)
    """)


def test_results_kept_now_and_then(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        hold = []
        for i in range(12):
            x = tf.ones([3]) * 2
            y = x + 1
            z = y * x
            if i % 3 == 0: hold.append(y)
            if i % 4 == 0: hold.append(x)
            w = z - i
            show(w)
        show(hold)
    """)


def test_sum_that_begins_as_a_python_number(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        tot = 0.
        for i in range(8):
            x = tf.constant([1., 2.]) * i
            tot += x
            if i == 4: show(tot)
        show(tot)
    """)


def test_minibatches_of_a_tensor(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        X = tf.reshape(tf.range(40.0), [20, 2])
        w = tf.Variable([[1.0], [2.0]])
        for i in range(0, 20, 6):
            xb = X[i : i + 6]
            p = tf.matmul(xb, w)
            show(p)
        for r in X[:3]:
            show(r * 2)
    """)


def test_generators(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        def gen(n):
            x = tf.ones([2])
            for i in range(n):
                x = x * 2
                yield x
        show(list(gen(5)), [x + 1 for x in gen(2)])
    """)


def test_recursion(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        def fact(n):
            if n <= 1: return tf.constant(1)
            return n * fact(n - 1)
        show(fact(tf.constant(6)))
        def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
        show(fib(tf.constant(7)))
    """)


def test_classes_that_hold_variables(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf
        class Net:
            def __init__(self, n):
                self.w = [tf.Variable(tf.ones([2, 2]) * (i + 1)) for i in range(n)]
            def __call__(self, x):
                for w in self.w: x = tf.nn.relu(tf.matmul(x, w))
                return x
        net = Net(3)
        show(net(tf.ones([1, 2])), net(tf.ones([4, 2])))
        for _ in range(3): show(net(np.ones((2, 2), np.float32)))
    """)


def test_attributes_of_dataclasses(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import dataclasses


        @dataclasses.dataclass
        class D:
            a: object
            b: object


        d = D(tf.ones([2]) * 2, 3)
        show(d.a + d.b)
        d.a += 1
        show(d.a)
        x = tf.ones([2])
        y = x
        y += 1
        show(x, y)
        y *= 2
        y -= 1
        y /= 2
        y //= 1
        y **= 2
        y %= 3
        show(y)
    """)



def test_comprehensions_and_conditional_expressions(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([3, 1, 2]) * 2
        print([int(e) for e in x if e > 2], {int(e): "big" if e > 4 else "small" for e in x})
        print(
            any(e > 5 for e in x),
            sorted(int(e) for e in x),
            [i for i, e in enumerate(x) if not e > 2],
        )
        y = x[0] if x[0] > x[1] else x[1]
        print(int(y), bool(x[0] > 1 and x[1] > 1), bool(x[0] > 9 or x[2] > 3))
    """)


def test_match_statement(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in range(6):
            x = tf.constant(n) * 2
            match n:
                case 0:
                    print("zero")
                case _ if x > 6:
                    print("large", int(x))
                case _:
                    print("small", int(x))
    """)


def test_assertions(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        x = tf.constant(3.) * 2
        assert x > 5
        assert x < 5, f"too large: {float(x)}"
    """, plans=False)


def test_newton_iteration_until_it_converges(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        for n in (2., 9., 100., 3.):
            x = tf.constant(1.)
            steps = 0
            while abs(x * x - n) > 1e-4 * n:
                x = (x + n / x) / 2
                steps += 1
            print(steps, f"{float(x):.3f}")
    """)


def test_exceptions_in_between(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        v = tf.Variable(0.)
        for i in range(6):
            x = tf.ones([2]) * 2
            try:
                y = x + 1
                v.assign_add(1.)
                if i % 3 == 2:
                    raise KeyError(i)
                v.assign_add(10.)
            except KeyError:
                print("key")
            finally:
                v.assign_add(100.)
            show(x, y, v)
    """)
