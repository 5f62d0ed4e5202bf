"""Variables by name, scopes, collections and graphs, as TensorFlow 1 has them."""

import gc
import weakref
from textwrap import dedent

import pytest
import tensorflow.compat.v1 as v1

from tests.runtime.graph_mode import assert_same, graph_mode, marked, single
from tfimp.runtime.version_1.graph import current_graph


@pytest.fixture(autouse=True)
def new_graph():
    """Every test begins without variables."""
    current_graph().clear()


PROGRAMS = {
    "reuse by scope": """
        with tf.variable_scope("a"):
            v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
            with tf.variable_scope("b", reuse=tf.AUTO_REUSE) as scope:
                w = tf.get_variable("w", [2])
                note(tf.get_variable("w", [2]) is w, scope.name, scope.reuse, w.name)
        with tf.variable_scope("a", reuse=True):
            note(tf.get_variable("v", [2]) is v, v.name, tf.get_variable_scope().reuse)
            with tf.variable_scope("b"):
                note(tf.get_variable("w", [2]) is w, tf.get_variable_scope().name)
        with tf.variable_scope(scope, reuse=True) as again:
            note(tf.get_variable("w") is w, again.name, again.reuse)
        with tf.variable_scope(scope):
            note(tf.get_variable("w") is w)
        with tf.variable_scope("a") as scope:
            scope.reuse_variables()
            note(tf.get_variable("v") is v)
        note([v.name for v in tf.global_variables()], tf.get_variable_scope().reuse)
    """,
    "default names": """
        names = []
        for _ in range(3):
            with tf.variable_scope(None, default_name="layer") as scope:
                names.append(tf.get_variable("w", [1]).name)
                with tf.variable_scope(None, "inner"):
                    names.append(tf.get_variable("w", [1]).name)
        with tf.variable_scope(scope):
            with tf.variable_scope(None, "inner"):
                names.append(tf.get_variable_scope().name)
        with tf.variable_scope("named", default_name="unused"):
            names.append(tf.get_variable("w", [1]).name)
        with tf.variable_scope(""):
            names.append(tf.get_variable("root", [1]).name)
        note(names)
    """,
    "initialisers": """
        with tf.variable_scope("a", initializer=tf.constant_initializer(2.), dtype=tf.float64):
            note(tf.get_variable("x", [2]))
            note(tf.get_variable("y", [1], initializer=tf.zeros_initializer()))
            with tf.variable_scope("b"):
                note(tf.get_variable("x", []), tf.get_variable("n", [], tf.float32))
        note(tf.get_variable("c", initializer=[1, 2]))
        note(tf.get_variable("d", initializer=tf.constant([1.5])))
        def threes(shape, dtype, partition_info=None):
            return tf.ones(shape, dtype) * 3
        note(tf.get_variable("e", [2], initializer=threes))
        note(tf.get_variable("f", initializer=lambda: tf.constant([4., 5.])))
        note(tf.get_variable("g", [2], tf.int32))
        note(tf.get_variable("h", [2], initializer=tf.zeros_initializer))
        note(tf.get_variable("i", [2, 2], initializer=tf.initializers.identity()))
        note(tf.get_variable("j", [3, 3]).shape.as_list())
        note(tf.get_variable("k", [3], initializer=tf.random_normal_initializer()).shape.as_list())
    """,
    "collections": """
        with tf.variable_scope("a"):
            v = tf.get_variable("v", [1], initializer=tf.ones_initializer(),
                                regularizer=lambda w: 3. * tf.reduce_sum(w))
            u = tf.get_variable("u", [1], trainable=False)
            k = tf.get_variable("k", [1], collections=["mine", tf.GraphKeys.GLOBAL_VARIABLES])
            local = tf.get_local_variable("l", [1])
        w = tf.Variable([2.], name="w")
        x = tf.Variable([2.], trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
        tf.add_to_collection("mine", w)
        tf.add_to_collections(["mine", "other"], u)
        for key in ("mine", "other", "none", tf.GraphKeys.TRAINABLE_VARIABLES):
            note(key, [item.name for item in tf.get_collection(key)])
        note([v.name for v in tf.global_variables()], [v.name for v in tf.local_variables()])
        note([v.name for v in tf.trainable_variables("a")])
        note([v.name for v in tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="a/u")])
        note(tf.losses.get_regularization_losses()[0], tf.losses.get_regularization_loss())
        note(len(tf.losses.get_regularization_losses("b")))
        with tf.variable_scope("a", reuse=True) as scope:
            note([v.name for v in scope.global_variables()])
            note([v.name for v in scope.trainable_variables()])
        tf.get_collection_ref("mine").clear()
        note([v.name for v in tf.get_collection("other")])
    """,
    "names": """
        note(tf.Variable(1.).name, tf.Variable(1.).name, tf.Variable(1., name="x").name)
        note(tf.Variable(1., name="x").name)
        note(tf.get_variable("y", []).name, tf.Variable(1., name="y").name)
        with tf.variable_scope("s"):
            note(tf.Variable(1., name="x").name, tf.Variable(1., name="x").name)
            note(tf.get_variable("z", []).name)
        with tf.name_scope("n"):
            note(tf.get_variable("q", []).name, tf.Variable(1., name="q").name)
    """,
    "custom getters": """
        seen = []
        def getter(getter, name, *args, **kwargs):
            seen.append(("inner", name))
            return getter(name, *args, **kwargs) * 2.
        def outer(getter, name, *args, **kwargs):
            seen.append(("outer", name))
            kwargs["initializer"] = tf.constant_initializer(7.)
            return getter(name, *args, **kwargs)
        with tf.variable_scope("a", custom_getter=outer):
            with tf.variable_scope("b", custom_getter=getter):
                note(tf.get_variable("v", [1]))
            note(tf.get_variable("w", initializer=[3.], custom_getter=getter))
        note(seen, [v.name for v in tf.global_variables()])
    """,
    "templates": """
        def layer(size):
            return tf.get_variable("w", [size], initializer=tf.ones_initializer()) * 2.
        first, second = (tf.make_template("t", layer, size=2) for _ in range(2))
        early = tf.make_template("u", layer, create_scope_now_=True, size=1)
        late, named = tf.make_template("u", layer), tf.make_template("n", layer, unique_name_="x")
        for template in (first, second, first, late, early):
            note(template() if template is not late else template(size=3))
            note(len(tf.global_variables()))
        note(named(1), named(size=1), [v.name for v in tf.global_variables()])
    """,
    "graphs": """
        a, b = tf.Graph(), tf.Graph()
        for graph in (a, b):
            with graph.as_default():
                v = tf.get_variable("v", [], initializer=tf.ones_initializer())
                note(tf.get_default_graph() is graph, v.name, len(tf.global_variables()))
        note(len(tf.global_variables()), isinstance(a, tf.Graph))
        with a.as_default():
            with tf.variable_scope("", reuse=True):
                note(tf.get_variable("v", []).name)
    """,
    "global step": """
        note(tf.train.get_global_step())
        step = tf.train.get_or_create_global_step()
        note(step.name, step.dtype.name, tf.train.get_or_create_global_step() is step)
        note(tf.train.get_global_step() is step)
        note([v.name for v in tf.global_variables()], tf.trainable_variables())
    """,
}
ERRORS = {
    "duplicate": 'tf.get_variable("v", [1]); tf.get_variable("v", [1])',
    "missing": 'with tf.variable_scope("a", reuse=True): tf.get_variable("v", [1])',
    "missing below": 'with tf.variable_scope("a", reuse=True):\n'
                     ' with tf.variable_scope("b", reuse=False): tf.get_variable("v", [1])',
    "shape": 'tf.get_variable("v", [1]); tf.get_variable_scope().reuse_variables()\n'
             'tf.get_variable("v", [2])',
    "dtype": 'tf.get_variable("v", [1]); tf.get_variable_scope().reuse_variables()\n'
             'tf.get_variable("v", [1], tf.int32)',
    "constant and shape": 'tf.get_variable("v", [1], initializer=[1.])',
    "no shape": 'tf.get_variable("v")',
    "dtype of initializer": 'tf.get_variable("v", dtype=tf.int32, initializer=tf.constant(1.))',
    "unknown shape": 'tf.get_variable("v", [None], initializer=tf.ones_initializer())',
    "no name": 'tf.variable_scope(None)',
    "reuse": 'tf.variable_scope("a", reuse=3)',
    "reuse without name": 'with tf.variable_scope(None, "a", reuse=True): pass',
    "kind of scope": 'with tf.variable_scope(3): pass',
    "string": 'tf.get_variable("v", [1], tf.complex64)',
    "second step": 'tf.train.create_global_step(); tf.train.create_global_step()',
}


def settle(session, value):
    """A noted value as plain data."""
    if isinstance(value, (list, tuple)):
        return [settle(session, item) for item in value]
    if hasattr(value, "eval"):
        return session.run(value)
    return str(value) if value is v1.AUTO_REUSE else value


@pytest.mark.parametrize("name", PROGRAMS)
def test_variables_are_named_shared_and_collected_as_in_a_graph(name):
    noted: list[object] = []
    def note(*values):
        noted.extend(values)

    def build():
        exec(dedent(PROGRAMS[name]), {"tf": v1, "note": note})

    if name == "graphs":  # values of several graphs are no single session's
        expected = [True, "v:0", 1, True, "v:0", 1, 0, True, "v:0"]
    else:
        expected = graph_mode(build, lambda session, built: settle(session, noted))
        noted.clear()
    shown = marked(f"import tensorflow.compat.v1 as tf\n{dedent(PROGRAMS[name])}\n"
                   "show(settle(tf.Session(), noted))", note=note, noted=noted, settle=settle)
    assert_same(shown, [expected])


@pytest.mark.parametrize("name", ERRORS)
def test_variables_are_refused_in_the_words_of_version_1(name):
    with v1.Graph().as_default(), pytest.raises(Exception) as expected:
        exec(ERRORS[name], {"tf": v1})
    with pytest.raises(type(expected.value)) as seen:
        marked("import tensorflow.compat.v1 as tf\n" + ERRORS[name])
    words = str(expected.value).split(" Originally defined")[0]
    assert str(seen.value).split()[:6] == words.split()[:6]


def test_variables_by_name_take_part_in_plans_and_gradients(tier):
    shown = marked("""
        import tensorflow.compat.v1 as tf
        def loss(x):
            with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
                w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
                return tf.reduce_sum(w * w * x), w
        for i in range(4):
            y, w = loss(tf.constant([1., 2.]))
            w.assign_sub(0.1 * tf.gradients(y, w)[0])
        show(w, isinstance(w, tf.Variable), tf.Session().run(w))
    """)
    value = single(0.8 ** 4, 0.6 ** 4)
    assert_same(shown, [value, True, value])


def test_variables_that_nobody_holds_are_forgotten():
    kept: list[tuple[weakref.ref[object], weakref.ref[object]]] = []
    marked("""
        import tensorflow.compat.v1 as tf
        import tensorflow as tf2
        for i in range(200):
            v = tf.Variable(1., name="v")
            w = tf2.Variable(1.)
            kept.append((weakref.ref(v), weakref.ref(w)))
        del v, w
        tf.get_variable("held", [1])
    """, kept=kept, weakref=weakref)
    gc.collect()
    assert not any(reference() is not None for pair in kept for reference in pair)
    graph = current_graph()
    assert [v.name for v in graph.get_collection("variables")] == ["held:0"]
    assert len(graph._members) < 300


def test_reset_of_the_default_graph_forgets_variables():
    shown = marked("""
        import tensorflow.compat.v1 as tf
        for i in range(2):
            tf.reset_default_graph()
            v = tf.get_variable("v", [])
            show(v.name, len(tf.global_variables()))
        with tf.Graph().as_default():
            try:
                tf.reset_default_graph()
            except AssertionError as error:
                show(str(error)[:40])
            x = tf.constant(2.) * 3.
            show(x, tf.executing_eagerly())
    """)
    assert_same(shown, ["v:0", 1, "v:0", 1, "Do not use tf.reset_default_graph() to c",
                        single(6), True])
