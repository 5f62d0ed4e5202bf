"""Gradients of gradients, where values are fetched in between so that segments end there."""

import gc
import weakref

import differential
import pytest

import tfimp
from tfimp.runtime import executor
from tfimp.runtime.own_calls import Differentiation
from tfimp.runtime.plan import NotPlannable, Plan

HEAD = """
    import tensorflow as tf
    w = tf.Variable([.5, .8])
    for i in range(4):
"""


def program(body):
    return HEAD + "".join(f"        {line}\n" for line in body.strip().splitlines())


PROGRAMS = {
    "with respect to a gradient that another gradient is computed from": """
        with tf.GradientTape() as a:
            with tf.GradientTape() as b:
                u = tf.sin(w) * w
                y = u * tf.cos(w)
            g = b.gradient(y, [w, u])
            z = g[0] * g[1]
        show(a.gradient(z, g[1]))
    """,
    "with respect to one of two gradients by the same source": """
        with tf.GradientTape() as a:
            with tf.GradientTape() as b:
                u = tf.sin(w) * w
                y = u * w * float(u[0])
            g = b.gradient(y, [w, u, w, u])
            float(g[0][0])
            z = g[2] * g[3]
        show(a.gradient(z, [g[0], g[1]]))
    """,
    "with respect to what the first gradient went through": """
        with tf.GradientTape(persistent=True) as t:
            u = w * 2.
            y = tf.sin(w) * u
            float(y[0])
            g = t.gradient(y, w)
            z = tf.reduce_sum(g * u)
            k = t.gradient(g, u)
        show(t.gradient(z, u), k, t.gradient(z, w), t.gradient(k, w))
    """,
    "of the third and fourth order": """
        x = tf.constant([1., 2.])
        y = tf.sin(x) * x
        g = tf.gradients(y, x)[0]
        float(g[0])
        g2 = tf.gradients(g, x)[0]
        show(g2, tf.gradients(g2, x)[0])
        g3 = tf.gradients(g2, x)[0]
        show(tf.gradients(g3, x)[0])
    """,
    "of nested tapes": """
        with tf.GradientTape() as a:
            with tf.GradientTape() as b:
                with tf.GradientTape() as c:
                    x = w * 2.
                    y = tf.sin(x) * x
                g = c.gradient(y, x)
                float(g[0])
            h = b.gradient(g, x)
        show(a.gradient(h, x))
    """,
    "directly and through a gradient": """
        with tf.GradientTape(persistent=True) as a:
            x = w * 2.
            y = tf.sin(x) * x
            g = a.gradient(y, x)
            float(g[0])
            h = a.gradient(g, x)
            float(h[0])
            z = h * x
        show(a.gradient(z, x), a.gradient(z, w))
    """,
    "through an op whose gradient uses its result": """
        with tf.GradientTape(persistent=True) as a:
            x = w * 2.
            u = tf.tanh(x)
            y = tf.sin(x) * u * w
            float(y[0])
            g = a.gradient(y, w)
            float(g[0])
            h = a.gradient(g, w)
            float(h[0])
            z = h * g * u
        show(*a.gradient(z, [x, u, w, y, g]), *a.gradient(h, [x, u]), a.gradient(g, u))
    """,
    "with respect to a result of the same op call": """
        with tf.GradientTape(persistent=True) as a:
            x = w * 2.
            y, n = tf.linalg.normalize(x)
            mean, variance = tf.nn.moments(x, [0])
            p, q = tf.split(x, 2)
            float(n[0])
            z = tf.reduce_sum(y * x) * n + variance * tf.reduce_sum(p * q * q)
        show(a.gradient(y, n), *a.gradient(z, [n, y, x, w, mean, variance, p, q]))
        show(a.gradient(variance, [mean, x]), a.gradient(z, [q, w]))
    """,
    "by a result of an op call whose other result was a source before": """
        with tf.GradientTape(persistent=True) as a:
            p, q = tf.split(tf.concat([w * .3, w], 0), 2)
            y = p * tf.sin(p)
            float(y[0])
            g = a.gradient(y, [q, w], unconnected_gradients="zero")
            show(a.gradient(y, [q]), *a.gradient(tf.reduce_sum(g[1] * g[1]), [p, w, q]))
    """,
    "with respect to a variable that was written in between": """
        with tf.GradientTape(persistent=True) as t:
            a = tf.sin(w)
            float(w[0])
            w.assign_add([.1, .05])
            b = w * w
            float(b[0])
            g = t.gradient(a * a * b, w)
            float(g[0])
            h = t.gradient(g, w)
            del a, b, g
            show(h, t.gradient(h, w))
    """,
    "of one segment by one of several results": """
        with tf.GradientTape() as a:
            with tf.GradientTape() as b:
                u, _ = tf.linalg.qr(tf.linalg.diag(w * w) + tf.constant([[3., .5], [.1, 1.]]))
                y = w * tf.sin(u)
            z = b.gradient(y, w) * u
        float(z[0][0])
        show(a.gradient(z, u))
    """,
    "of segments that are iterations of a loop": """
        with tf.GradientTape(persistent=True) as a:
            h = w * 1.
            states = []
            for _ in range(3):
                h = tf.tanh(h * w)
                float(h[0])
                states.append(h)
            y = tf.reduce_sum(h * h)
            g = a.gradient(y, w)
            float(g[0])
            z = g * g
        show(*a.gradient(y, states), *a.gradient(z, states), a.gradient(z, w))
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_of_gradients(same_as_eager, name):
    same_as_eager(program(PROGRAMS[name].replace("\n        ", "\n")), plans=False, rtol=1e-4)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_of_a_gradient_that_no_plan_can_hold(hot, monkeypatch, name):
    def refuse_gradients(node, *args):
        for step in node.path():
            if isinstance(step.function, Differentiation):
                raise NotPlannable(step, "the test has it so")
        return Plan(node, *args)

    monkeypatch.setattr(executor, "Plan", refuse_gradients)
    source = program(PROGRAMS[name].replace("\n        ", "\n"))
    differential.check(source, 2, rtol=1e-4)


@pytest.mark.parametrize(("stop", "expected"), [(False, 4.0), (True, 0.0)])
def test_stop_inside_what_a_product_computes(tier, stop, expected):
    """The derivative of u * u * x with u kept is u * u, which depends on x by way of u alone."""
    import tfimp as tf

    for _ in range(4):
        x = tf.constant(0.5) * 1.0
        float(x)
        u = x * 2.0
        y = u * u * x
        float(y)
        (g,) = tf.gradients(y, x, stop_gradients=[u])
        float(g)
        (h,) = tf.gradients(g + x * 0.0, x, stop_gradients=[u] if stop else [])
        assert float(h) == expected  # 2 u du/dx


def test_stop_at_one_of_several_results(tier):
    import tfimp as tf

    for fetched in (False, True) * 4:
        x = tf.constant([2.0, 3.0]) * 1.0
        a, b = tf.split(x, 2)
        y = a * b
        if fetched:
            float(y[0])
        (g,) = tf.gradients(y, x, stop_gradients=[a])
        assert g.numpy().tolist() == [0.0, 2.0]


@pytest.mark.parametrize("call", [
    "tf.custom_gradient(lambda x: (x * x, lambda d: d * 2. * x))(a)",
    "tf.custom_gradient(lambda x, y: (x * y, lambda d: (d * y, d * x)))(a, v * v)",
    "tf.custom_gradient(lambda x: ((x * x, x + 1.), lambda d, e: d * 2. * x + e))(a)[0]",
    "tf.function(lambda x: x * tf.sin(x) * v)(a)", "tf.recompute_grad(lambda x: x * x)(a)",
    "tf.cond(a[0] > 0., lambda: a * a, lambda: a)", "tf.map_fn(lambda x: x * x, a)",
    "tf.while_loop(lambda i, x: i < 2, lambda i, x: (i + 1, x * a), [0, a])[1]",
    "tf.scan(lambda s, x: s * x, a)", "tf.gather(tf.function(lambda: v * v)(), [1, 0, 1])",
    "tf.gather(tf.function(lambda x: x * x)(a), [1, 1])",
])
@pytest.mark.parametrize("between", ["pass", "show(g)"])
def test_gradients_of_gradients_through_a_call_that_tensorflow_makes(same_as_eager, call, between):
    same_as_eager(f"""
        import tensorflow as tf
        v = tf.Variable([0.3, 2.0])
        a = tf.tanh(v)
        b = {call}
        y = tf.reduce_sum(b * b)
        g = tf.gradients(y, [v])[0]
        {between}
        h = tf.gradients(tf.convert_to_tensor(g) * v, [v])[0]
        {between}
        show(g, h, tf.gradients(tf.convert_to_tensor(h) * v, [v])[0])
    """, plans=False)


def test_products_of_calls_that_tensorflow_makes_are_not_held(cold):
    tf = tfimp
    v = tf.Variable([0.3, 2.0])
    square = tf.custom_gradient(lambda x: (x * x, lambda d: d * 2. * x))
    held = []
    for _ in range(60):
        (g,) = tf.gradients(square(v), [v])
        v.assign_sub(0.01 * g)
        held.append(weakref.ref(g._segment))
    gc.collect()
    assert sum(history() is not None for history in held) < 10
