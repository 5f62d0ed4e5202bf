"""Tapes and forward accumulators of code that is not marked see what marked code computes."""

import pytest

from .test_boundaries import unmarked

GRADIENT_OF_A_CALLBACK = """
def grad(w, f, watch=True):
    with tf.GradientTape() as tape:
        if watch:
            tape.watch(w)
        l = f(w)
    return tape.gradient(l, w)
"""

# What a helper does with a tape, and a call of it; `v` has been written before in the segment.
CALLBACKS = {
    "a tape": ("""
def call(w, f):
    with tf.GradientTape() as tape: l = f(w)
    return tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w + w * 2.)"),
    "a callback that fetches": ("""
def call(w, f):
    with tf.GradientTape() as tape: l = f(w)
    return tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w * tf.stop_gradient(w) + fetched(w))"),
    "nested tapes": ("""
def call(w, f):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner: l = f(w)
        g = inner.gradient(l, w)
    return g, outer.gradient(g, w)
""", "helper.call(v, lambda w: w * w * w)"),
    "a reset": ("""
def call(w, f):
    with tf.GradientTape() as tape:
        lost = f(w)
        tape.reset()
        l = f(w)
    return tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w)"),
    "a pause": ("""
def call(w, f):
    with tf.GradientTape() as tape:
        with tape.stop_recording(): c = f(w)
        l = f(w) * 1.
    return c, tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w)"),
    "a persistent tape that is entered again": ("""
def call(w, f):
    tape = tf.GradientTape(persistent=True)
    with tape: a = f(w)
    c = f(w)
    with tape: b = f(w)
    return tape.gradient(a, w), tape.gradient(b, w), tape.gradient(c, w)
""", "helper.call(v, lambda w: w * w)"),
    "recomputation": ("""
def call(w, f):
    with tf.GradientTape() as tape:
        l = tf.recompute_grad(lambda: f(w))() + f(w)
    return tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w)"),
    "a gradient of its own": ("""
def call(w, f):
    @tf.custom_gradient
    def own(x):
        return f(x) * 1., lambda g: g * 3. * x
    with tf.GradientTape() as tape:
        l = own(tf.convert_to_tensor(w)) + f(w)
    return tape.gradient(l, w)
""", "helper.call(v, lambda w: w * w)"),
    "a forward accumulator": ("""
def call(w, f):
    with tf.autodiff.ForwardAccumulator(w, tf.constant(2.)) as forward: l = f(w)
    return forward.jvp(l)
""", "helper.call(v, lambda w: w * w + w)"),
    "watched variables": ("""
def call(w, f):
    with tf.GradientTape() as tape: l = f(w)
    (watched,) = tape.watched_variables()
    watched.assign_add(tape.gradient(l, watched))
    return watched is w
""", "helper.call(v, lambda w: w * w)"),
}


@pytest.mark.parametrize("what", CALLBACKS)
def test_unmarked_tape_around_a_marked_callback(same_as_eager, what):
    source, call = CALLBACKS[what]
    same_as_eager(f"""
        import tensorflow as tf


        def fetched(x):
            float(x)
            return x * 2.


        def own_gradient(w):
            with tf.GradientTape() as tape:
                y = w * w * w
            return tape.gradient(y, w)


        v = tf.Variable(1.)
        for i in range(6):
            v.assign_add(.5)
            show({call}, v)
    """, plans=False, helper=unmarked(source))


def test_unmarked_tape_in_a_loop_that_runs_in_plans(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(1.)
        for i in range(12):
            v.assign_add(.5)
            x = v * 2.
            g = helper.grad(v, lambda w: w * w + x * w, watch=False)
            v.assign_sub(.1 * g)
            show(g, x)
    """, helper=unmarked(GRADIENT_OF_A_CALLBACK))


@pytest.mark.parametrize("x", [
    "tf.constant([1., 2.])", "k * 3.", "v",
    "tf.map_fn(lambda t: t * 2., k)",
])
@pytest.mark.parametrize("derivative", [
    "tape.gradient(y, x, output_gradients=y), tape.gradient(y, z)",
    "tape.gradient({'y': y}, {'x': [x]})['x'][0]", "tape.jacobian(z, x)",
])
def test_unmarked_code_watches_tensors_of_marked_code(same_as_eager, x, derivative):
    same_as_eager(f"""
        import tensorflow as tf

        v = tf.Variable([1., 4.])
        for i in range(4):
            k = tf.constant([1., 2.]) * (i + 1.)
            x = {x}
            show(helper.call(x), x)
            v.assign_add([1., 1.])
    """, plans=False, helper=unmarked(f"""
def call(x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x])
        z = x * x
        y = tf.reduce_sum(z * x)
    return {derivative}
"""))


def test_unmarked_code_watches_something_else(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        helper.call()
    """, plans=False, lines=False, helper=unmarked("""
def call():
    with tf.GradientTape() as tape: tape.watch("x")
"""))
