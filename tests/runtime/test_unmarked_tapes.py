"""Tapes and forward accumulators of code that is not marked see what marked code computes."""

import pytest
import tensorflow

import tfimp

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
    "a tape of marked code in the callback": ("""
def call(w, f):
    with tf.GradientTape() as tape: l = f(w)
    return tape.gradient(l, w)
""", "helper.call(v, own_gradient)"),
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


# The program `first(f)` is the gradient that marked code takes of `f`.
MIXED = """
    import tensorflow as tf


    def first(f):
        def gradient(w):
            with tf.GradientTape() as tape:
                tape.watch(w)
                y = f(w)
            return tape.gradient(y, w)
        return gradient


    v = tf.Variable([1., 3.])
    for i in range(3):
        x = tf.constant([1., 2.]) * (i + 1.)
"""
HELPER_WITH_TAPES = """
def outer(x, f):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)

def outer_of(sources, f, watched):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(watched)
        y = f()
    return tape.gradient(y, sources)

def forward(x, f, tangent=None):
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x) if tangent is None else tangent) as a:
        y = f(x)
    return a.jvp(y)

def reverse_over_reverse(f, x, vector):
    with tf.GradientTape() as tape:
        tape.watch(x)
        g = outer(x, f)
    return tape.gradient(g, x, output_gradients=vector)

def forward_over_reverse(f, x, vector): return forward(x, lambda w: outer(w, f), vector)
def reverse_over_forward(f, x, vector): return outer(x, lambda w: forward(w, f, vector))

def cube(x): return x * tf.square(tf.convert_to_tensor(x))
def made(): return tf.constant([3., 4.])
"""


def mixed(body):
    return MIXED + "".join(f"        {line}\n" for line in body.strip("\n").splitlines())


FUNCTIONS = [
    "lambda w: w * w * w * v", "lambda w: helper.cube(w)", "lambda w: tf.reduce_sum(w * w * w)",
    "lambda w: tf.map_fn(lambda t: t * t * t, w)", "tf.recompute_grad(lambda w: w * w * w)",
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients_of_gradients_on_both_sides(same_as_eager, f):
    same_as_eager(mixed(f"""
f = {f}
show(helper.outer(x, first(f)), helper.outer(v, first(f)), helper.forward(x, first(f)))
show(first(lambda w: helper.outer(w, f))(x), first(lambda w: helper.outer(w, first(f)))(x))
show(helper.outer(x, lambda w: first(lambda u: helper.outer(u, f))(w)))
show(helper.outer(x, first(first(f))), first(first(lambda w: helper.outer(w, f)))(x))
show(first(lambda w: helper.forward(w, f))(x))
show(helper.outer(x, lambda w: helper.forward(w, first(f))))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


@pytest.mark.parametrize("product", [
    "reverse_over_reverse", "forward_over_reverse", "reverse_over_forward",
])
def test_hessian_vector_product_of_unmarked_code_under_a_marked_tape(same_as_eager, product):
    same_as_eager(mixed(f"""
show(helper.{product}(first(lambda w: w * w * w * w), x, v))
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    z, d = x * v, x * 2.
    found = helper.{product}(lambda w: w * w * w * w, z, d)
    l = tf.reduce_sum(found * x)
show(found, tape.gradient(l, x), tape.gradient(l, v), tape.gradient(l, [z, d]))
show(tape.gradient(found, x))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


def test_marked_forward_accumulator_under_tapes(same_as_eager):
    same_as_eager(mixed("""
def forward(w):
    with tf.autodiff.ForwardAccumulator(w, tf.ones_like(w)) as accumulator:
        y = w * w * w
    return accumulator.jvp(y)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    z = x * v
    with tf.autodiff.ForwardAccumulator(z, x * x) as accumulator:
        y = z * z * v
        g = first(lambda w: w * w * w)(z)
    one, other = accumulator.jvp(y), accumulator.jvp(g)
for target in (y, g, one, other):
    show(target, tape.gradient(target, x), tape.gradient(target, v), tape.gradient(target, z))
show(first(forward)(x), helper.outer(x, forward), helper.forward(x, forward))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


BEFORE = """
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    u = x * x
    float(u[0])
    y = tf.sin(u) * u * x * v
    float(y[0])
    z = y * u
"""


@pytest.mark.parametrize("seen", [
    "helper.outer(x, of(z, x)), helper.outer(u, of(z, x)), helper.outer(y, of(z, x))",
    "helper.outer_of([x, u, y, v], of(z, x), [x, u]), helper.outer_of([x, u], of(y, u), [u, x])",
    "helper.forward(x, of(z, x)), helper.forward(u, of(z, u)), helper.forward(y, of(z, x))",
])
def test_marked_tape_that_has_recorded_before_an_unmarked_tape_starts(same_as_eager, seen):
    same_as_eager(mixed(BEFORE + f"""
def of(y, x):
    return lambda *_: tape.gradient(y, x)
show({seen})
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


def test_second_gradient_of_what_was_recorded_before_an_unmarked_tape_starts(same_as_eager):
    same_as_eager(mixed("""
with tf.GradientTape(persistent=True) as outer:
    outer.watch(x)
    with tf.GradientTape(persistent=True) as inner:
        inner.watch(x)
        y = tf.sin(x) * x
        float(y[0])
        h = helper.outer_of([x, y], lambda: inner.gradient(y, x), [x])
    g = inner.gradient(y, x)
show(h, outer.gradient(h[0], x))
show(helper.outer(x, lambda w: outer.gradient(g, x)))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


def test_tapes_that_start_and_stop_at_any_place(same_as_eager):
    same_as_eager(mixed("""
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y = x * x
    other = helper.tape()
    other.__enter__()
    other.watch(x)
    z = y * x
    w = z * y * v
    g = tape.gradient(w, x)
q = w * x
other.__exit__(None, None, None)
p = q * x
for target in (y, z, w, g, q, p):
    show(tape.gradient(target, x), other.gradient(target, x))
    show(tape.gradient(target, v), other.gradient(target, v))
    show(tape.gradient(target, z), other.gradient(target, z))
"""), plans=False, helper=unmarked("def tape(): return tf.GradientTape(persistent=True)"))


@pytest.mark.parametrize("watched", ["", "tape.watch(a)", "tape.watch([x, c])"])
def test_sources_that_unmarked_code_computed(same_as_eager, watched):
    same_as_eager(mixed(f"""
a, c = helper.made(), tf.constant([5., 6.])
results = []
def f(w):
    results[:] = [c * c, w * w]
    return w * results[0] * results[1] * a
with tf.GradientTape(persistent=True) as tape:
    {watched or "pass"}
    g = helper.outer(x, f)
    constant, square = results
    of_eager, of_tensor = helper.cube(a), helper.cube(c)
    mapped = tf.map_fn(lambda t: t * 2., a)
    l = g * constant * square * of_eager * of_tensor * mapped * v
for source in (a, c, x, v, g, constant, square, of_eager, of_tensor, mapped):
    show(tape.gradient(l, source))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


def test_indexed_slices_under_unmarked_tapes(same_as_eager):
    same_as_eager(mixed("""
m = tf.Variable([[1., 2.], [3., 4.]])
def sparse(w):
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.gather(w, [0, 0]) ** 3)
    return tf.convert_to_tensor(tape.gradient(y, w))
show(tf.convert_to_tensor(helper.outer(m, sparse)), sparse(m))
with tf.GradientTape() as tape:
    show(tf.convert_to_tensor(helper.outer(m, sparse)))
"""), plans=False, helper=unmarked(HELPER_WITH_TAPES))


def test_what_an_unmarked_tape_cannot_see_is_refused():
    x = tfimp.constant([1.0, 2.0])
    with tfimp.GradientTape() as outer:
        outer.watch(x)
        with tfimp.GradientTape() as inner:
            inner.watch(x)
            u = x * x
            y = tfimp.sin(u) * u
            float(y[0])
        g = inner.gradient(y, x)
        float(g[0])
    tape = tensorflow.GradientTape()
    with tape, pytest.raises(NotImplementedError, match="watches a tensor that was computed"):
        tape.watch(u)
        outer.gradient(g, x)
