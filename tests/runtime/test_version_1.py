"""TensorFlow 1's names: signatures, sessions, fetches, ops that have been carried out.

What TensorFlow 1 itself does, in graph mode with a session, is the oracle.
"""

import collections
import linecache
import warnings

import numpy as np
import pytest
import tensorflow as tensorflow_2
import tensorflow.compat.v1 as v1

from tests.runtime.graph_mode import Pair, assert_same, graph_mode, marked, single
from tfimp.runtime.version_1.graph import current_graph


@pytest.fixture(autouse=True)
def new_graph():
    """Every test begins without variables."""
    current_graph().clear()


EXPRESSIONS = [
    "tf.reduce_sum(x, 1, True)", "tf.reduce_sum(x, axis=1, keep_dims=True)",
    "tf.reduce_mean(x, reduction_indices=[0])", "tf.reduce_max(x, axis=0, keepdims=True)",
    "tf.reduce_logsumexp(x, reduction_indices=1)", "tf.count_nonzero(x, axis=1)",
    "tf.argmax(x, dimension=1)", "tf.argmin(x, 0)", "tf.expand_dims(x, dim=1)",
    "tf.squeeze(tf.expand_dims(x, 0), squeeze_dims=[0])",
    "tf.split(x, axis=0, num_or_size_splits=2)",
    "tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x)",
    "tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x)",
    "tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0], logits=x)",
    "tf.nn.softmax(x, dim=0)", "tf.nn.log_softmax(x, dim=1)", "tf.nn.l2_normalize(x, dim=1)",
    "tf.nn.dropout(x, keep_prob=1.)", "tf.nn.xw_plus_b(x, tf.transpose(x), [1., 2.])",
    "tf.nn.moments(x, axes=[0], keep_dims=True)", "tf.nn.relu_layer(x, tf.transpose(x), [1., 2.])",
    "tf.nn.conv2d(image, kernel, [1, 1, 1, 1], 'SAME')",
    "tf.nn.conv2d(image, filter=kernel, strides=[1, 1, 1, 1], padding='VALID')",
    "tf.nn.max_pool(image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')",
    "tf.nn.avg_pool(value=image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='VALID')",
    "tf.nn.embedding_lookup(x, [1, 0, 1])", "tf.nn.weighted_cross_entropy_with_logits(y, x, 2.)",
    "tf.where([True, False], x, y)", "tf.where(x > 2.)", "tf.boolean_mask(x, [True, False])",
    "tf.div(7, 2)", "tf.div(x, 2.)", "tf.to_float(3)", "tf.to_int32(x)", "tf.log(x)",
    "tf.concat([x, y], 1)", "tf.pad(x, [[1, 1], [0, 0]])", "tf.gather(x, [1])", "tf.is_nan(x)",
    "tf.matrix_inverse(square)", "tf.matrix_determinant(square)", "tf.cholesky(square)",
    "tf.sparse_to_dense([[0, 1]], [2, 2], 5.)", "tf.reverse_sequence(x, [2, 1], seq_dim=1)",
    "tf.random_uniform([2], 1, 2, tf.int32)", "tf.norm(x, axis=1)",
    "tf.truncated_normal([2], mean=3., stddev=0.)", "tf.clip_by_norm(x, 2.)", "tf.global_norm([x])",
    "tf.string_to_number(['1.5'])", "tf.string_join(['a', 'b'])", "tf.strided_slice(x, [0], [1])",
    "tf.losses.mean_squared_error(y, x)", "tf.losses.absolute_difference(y, x, weights=2.)",
    "tf.losses.huber_loss(y, x)", "tf.losses.log_loss(y, x / 10.)",
    "tf.losses.softmax_cross_entropy(y, x)", "tf.losses.sigmoid_cross_entropy(y, x)",
    "tf.losses.sparse_softmax_cross_entropy([2, 0], x)", "tf.losses.hinge_loss(y, x)",
    "tf.losses.mean_squared_error(y, x, reduction=tf.losses.Reduction.NONE)",
    "tf.image.resize_bilinear(image, [2, 2])", "tf.confusion_matrix([1, 0], [1, 1])",
    "tf.scalar_mul(2., x)", "tf.accumulate_n([x, y])", "tf.segment_sum(x, [0, 0])",
    "tf.cond(x[0, 0] > 0., lambda: x, lambda: y)",
    "tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])",
    "tf.case([(x[0, 0] > 9., lambda: x)], default=lambda: y)",
    "tf.placeholder_with_default(x, [2, 3])",
    "tf.tuple([x, y])", "tf.identity(x)", "tf.floor_div(7, 2)", "tf.multiply(x, y)",
]
TENSORS = """
x = tf.constant([[1., 2., 3.], [4., 5., 7.]])
y = tf.constant([[0., 1., 0.], [1., 0., 0.]])
square = tf.constant([[4., 1.], [1., 3.]])
image = tf.reshape(tf.range(32.), [1, 4, 4, 2]) / 10
kernel = tf.ones([2, 2, 2, 3]) / 7
"""


@pytest.fixture(scope="module")
def expected_values():
    names = {"tf": v1}
    def build():
        exec(TENSORS, names)
        return {expression: eval(expression, names) for expression in EXPRESSIONS}
    return graph_mode(build, lambda session, built: session.run(built))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_function_has_the_signature_of_version_1(tier, expected_values, expression):
    shown = marked(
        f"import tensorflow.compat.v1 as tf\n{TENSORS}\n"
        f"with tf.Session() as session:\n    show(session.run({expression}))\n",
        runs=1 if tier == "cold" else 3)
    assert_same(shown, [expected_values[expression]])


def test_names_of_version_1_stand_where_version_2_has_none():
    import tfimp as tf

    assert tf.train.AdamOptimizer.__name__ == "AdamOptimizer"
    assert tf.nn.softmax_cross_entropy_with_logits_v2 is not None
    assert tf.Session is tf.compat.v1.Session
    assert tf.Graph is tensorflow_2.Graph
    assert tf.Variable is not tf.compat.v1.Variable
    assert not hasattr(tf.nn, "not_there")


@pytest.mark.parametrize("what", [
    "control_flow_v2", "eager_execution", "resource_variables", "tensor_equality", "v2_behavior",
    "v2_tensorshape",
])
@pytest.mark.parametrize("name", ["tensorflow", "tensorflow.compat.v1"])
def test_switches_leave_all_as_it_was(what, name):
    shown = marked(f"""
        import {name} as tf
        tf.disable_{what}()
        tf.enable_{what}()
        x = tf.constant([1., 2.])
        show(x * 2, x == x, x.shape, tf.executing_eagerly(), tf.Variable(1.) + 1.)
    """)
    assert_same(shown, [single(2, 4), np.array([True, True]), tensorflow_2.TensorShape([2]), True,
                        single(2)])
    assert tensorflow_2.executing_eagerly()


FETCHES = [
    "x", "v", "[x, v]", "(x, [v, {'a': x + 1.}])", "{'x': x, 'nest': [v, (x,)]}", "Pair(x, v)",
    "[]", "{}", "tf.no_op()", "[tf.no_op(), x]", "tf.group(tf.no_op())", "x[0]", "tf.constant('a')",
    "tf.IndexedSlices(x, tf.constant([0, 2]))", "tf.SparseTensor([[0, 1]], [5.], [2, 2])",
    "tf.ragged.constant([[1, 2], [3]])", "v.read_value()",
    "collections.OrderedDict([('b', x), ('a', v)])",
]


def plain(value):
    """A session's result, with the classes that it has besides NumPy's."""
    if type(value).__name__ in ("SparseTensorValue", "IndexedSlicesValue"):
        return [type(value).__name__, [plain(part) for part in value]]
    if isinstance(value, v1.ragged.RaggedTensorValue):
        return value.to_list()
    if isinstance(value, dict):
        return [type(value).__name__, {key: plain(item) for key, item in value.items()}]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [plain(item) for item in value]]
    return value


@pytest.mark.parametrize("fetches", FETCHES)
def test_session_returns_values_in_the_nest_of_fetches(tier, fetches):
    def build():
        x = v1.constant([1., 2.]) * 2.
        names = {"tf": v1, "x": x, "v": v1.Variable([[3]]), "Pair": Pair}
        return eval(fetches, names | {"collections": collections})

    expected = graph_mode(build, lambda session, built: plain(session.run(built)))
    shown = marked(f"""
        import tensorflow.compat.v1 as tf
        x = tf.constant([1., 2.]) * 2.
        v = tf.Variable([[3]])
        with tf.Session(config=tf.ConfigProto()) as session:
            session.run(tf.global_variables_initializer())
            show(plain(session.run({fetches})))
    """, runs=3, plain=plain, collections=collections)
    assert_same(shown, [expected])


@pytest.mark.parametrize("fetches, error, words", [
    ("3", TypeError, "invalid type <class 'int'>"), ("[object()]", TypeError, "invalid type"),
    ("'x:0'", ValueError, "Fetch the tensor itself"), ("np.ones(2)", TypeError, "invalid type"),
])
def test_session_refuses_what_is_no_tensor(fetches, error, words):
    with pytest.raises(error, match=words):
        marked(f"import tensorflow.compat.v1 as tf\ntf.Session().run({fetches})")


def test_sessions_as_contexts_and_defaults(tier):
    shown = marked("""
        import tensorflow.compat.v1 as tf
        x = tf.constant(2.) * 3.
        v = tf.Variable(1.)
        show(tf.get_default_session() is None)
        with tf.Session(graph=tf.get_default_graph()) as outer:
            show(tf.get_default_session() is outer, x.eval(), v.eval())
            show(outer.graph is tf.get_default_graph())
            with tf.Session() as inner:
                show(tf.get_default_session() is inner, x.eval(session=outer))
                show(v.eval(session=outer))
            show(tf.get_default_session() is outer)
        show(tf.get_default_session() is None)
        session = tf.InteractiveSession()
        show(tf.get_default_session() is session, x.eval(), (x + 1.).eval())
        session.close()
        with session.as_default():
            show(tf.get_default_session() is session)
        show(tf.get_default_session() is None)
        v.load(5., outer)
        show(v.eval(), v.initialized_value(), v.initializer.run())
        show(tf.Session().make_callable([x, v])())
    """)
    one, five, six, seven = single(1), single(5), single(6), single(7)
    assert_same(shown, [True, True, six, one, True, True, six, one, True, True, True, six, seven,
                        True, True, five, five, None, [six, five]])


def test_closed_session_is_refused():
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        marked("""
            import tensorflow.compat.v1 as tf
            with tf.Session() as session:
                x = tf.constant(1.)
            session.run(x)
        """)


@pytest.mark.parametrize("use", [
    "session.run(x * 2., feed_dict={x.ref(): 5.})", "session.run(x * 2., {x.ref(): 5.})",
    "x.eval({x.ref(): 5.})", "tf.no_op().run({x.ref(): 5.})",
    "session.make_callable(x, [x])",
])
def test_feeds_are_refused_with_advice(use):
    source = f"""
        import tensorflow.compat.v1 as tf
        x = tf.constant(1.)
        session = tf.Session()
        {use}
    """
    with pytest.raises(RuntimeError, match=r"session.run\(loss_of\(batch\)\)"):
        marked(source)
    marked(source.replace("{x.ref(): 5.}", "{}").replace("[x]", "[]"))


def test_placeholder_is_refused_with_the_function_to_write():
    words = r"make what uses images a function, `def model\(images\)"
    with pytest.raises(RuntimeError, match=words):
        marked("import tensorflow.compat.v1 as tf\nimages = tf.placeholder(tf.float32, [None, 3])")


def test_session_of_a_graph_of_tensorflows_own_is_tensorflows(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        with tf.Graph().as_default() as graph:
            x = tf.compat.v1.placeholder_with_default([1., 2.], [2])
            y = x * 2.
            with tf.compat.v1.variable_scope("a"):
                v = tf.compat.v1.get_variable("v", [2], initializer=tf.compat.v1.ones_initializer())
            with tf.compat.v1.Session() as session:
                session.run(v.initializer)
                show(session.run([y, v], {x: [3., 4.]}), v.name)
        with tf.compat.v1.Session(graph=graph) as session:
            show(session.run(y), isinstance(session, tf.compat.v1.Session))
    """.replace(", isinstance(session, tf.compat.v1.Session)", ""), plans=False)


@pytest.mark.filterwarnings("ignore:An initialiser is run again")
def test_initializers_do_nothing(tier):
    shown = marked("""
        import tensorflow.compat.v1 as tf
        v = tf.Variable([1.])
        v.assign_add([1.])
        with tf.Session() as session:
            for make in (tf.global_variables_initializer, tf.local_variables_initializer,
                         tf.tables_initializer, tf.initialize_all_variables,
                         lambda: tf.group(tf.no_op(), tf.tables_initializer())):
                op = make()
                show(session.run(op), op.run(), session.run([op, v]))
            show(session.run(tf.report_uninitialized_variables()))
    """)
    assert_same(shown, [None, None, [None, single(2)[None]]] * 5 + [np.array([], object)])


def test_initializer_that_would_set_variables_back_warns():
    source = """
        import tensorflow.compat.v1 as tf
        session = tf.Session()
        v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
        session.run(tf.global_variables_initializer())
        w = tf.get_variable("w", [])
        session.run(tf.variables_initializer([w]))
        {}
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        marked(source.format(""))
    with pytest.warns(UserWarning, match="run again for v:0: variables get"):
        marked(source.format("session.run(v.initializer)"))


@pytest.mark.parametrize("again", [
    "session.run(init)", "session.run([init, {'v': v}])", "init.run()",
    "session.make_callable([init])()",
])
def test_warning_of_an_initializer_run_again_names_the_line(again):
    with pytest.warns(UserWarning, match="run again for v:0") as warned:
        marked(f"""
            import tensorflow.compat.v1 as tf
            session = tf.Session()
            v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
            init = tf.global_variables_initializer()
            session.run(init)
            {again}
        """)
    assert linecache.getline(warned[0].filename, warned[0].lineno).strip() == again


def test_warning_of_an_initializer_run_again_is_given_once_a_line():
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        marked("""
            import tensorflow.compat.v1 as tf
            v = tf.Variable(0.)
            for _ in range(3):
                v.initializer.run()
            v.initializer.run()
        """)
    assert len(warned) == 2


@pytest.mark.parametrize("op", [
    "tf.assign_add(v, 1.)", "tf.assign(v, 3.)", "tf.assign_sub(v, 1.)",
    "tf.group(tf.assign_add(v, 1.))", "tf.group([tf.no_op(), tf.assign(v, 3.)])",
    "dependent(tf.assign_add(v, 1.))", "optimizer.minimize(v * v)",
    "optimizer.apply_gradients([(tf.constant(1.), v)])",
    "tf.group(tf.global_variables_initializer(), optimizer.minimize(v * v))",
])
def test_op_that_changes_something_is_run_once(op):
    source = f"""
        import tensorflow.compat.v1 as tf
        def dependent(op):
            with tf.control_dependencies([op]):
                return tf.no_op(name="train")
        v = tf.Variable(1.)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        session = tf.Session()
        op = {op}
        session.run(op)
    """
    marked(source)
    with pytest.raises(RuntimeError, match=r"line \d+: .*what a loop repeats stands in the loop"):
        marked(source + "\n        session.run([v, op])")


@pytest.mark.parametrize("run", ["step.run", "tfimp.fetch"])
def test_op_in_a_step_is_run_as_by_a_session(tier, run):
    source = f"""
        import tensorflow as tf
        import tfimp
        v = tf.Variable(1.)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        for i in range(4):
            with tf.new_step() as step:
                train = optimizer.minimize(v * v)
                show({run}([train, v, {{"no": tf.no_op(), "text": "as it is"}}]))
            show({run}(tf.no_op()))
    """
    expected = [[[None, single(0.8 ** (i + 1)), {"no": None, "text": "as it is"}], None]
                for i in range(4)]
    assert_same(marked(source, runs=2), [value for pair in expected for value in pair])
    with pytest.raises(RuntimeError, match="what a loop repeats stands in the loop"):
        marked(source + f"\n        {run}(train)")


def test_assignments_return_the_new_value(tier):
    def build():
        v = v1.Variable([1., 2.])
        a = v1.assign(v, [5., 5.])
        with v1.control_dependencies([a]):
            b = v1.assign_add(v, [1., 1.])
        with v1.control_dependencies([b]):
            c = v1.assign_sub(v, [0.5, 0.5])
        return [c * 2., v1.identity(c)]

    expected = graph_mode(build, lambda session, built: session.run(built))
    shown = marked("""
        import tensorflow.compat.v1 as tf
        v = tf.Variable([1., 2.])
        a = tf.assign(v, [5., 5.])
        b = tf.assign_add(v, [1., 1.])
        c = tf.assign_sub(v, [0.5, 0.5])
        show(tf.Session().run([c * 2., tf.identity(c)]), a, b, v)
    """, runs=4)
    assert_same(shown, [expected, single(5, 5), single(6, 6), single(5.5, 5.5)])


@pytest.mark.parametrize("update", ["scatter_add", "scatter_sub", "scatter_update", "scatter_mul"])
def test_scatter_updates(tier, update):
    def build():
        v = v1.Variable([1., 2., 3.], use_resource=True)
        return getattr(v1, update)(v, [2, 0], [10., 20.])

    expected = graph_mode(build, lambda session, built: session.run(built))
    shown = marked(f"""
        import tensorflow.compat.v1 as tf
        v = tf.Variable([1., 2., 3.])
        tf.{update}(v, [2, 0], [10., 20.])
        show(v)
    """)
    assert_same(shown, [expected])


@pytest.mark.parametrize("use, words", [
    ("tf.summary.merge_all()", "create_file_writer"),
    ("tf.summary.FileWriter('.')", "create_file_writer"),
    ("tf.losses.get_total_loss()", "Add up the losses"),
    ("tf.train.MonitoredTrainingSession()", "Write the loop"),
    ("tf.import_graph_def(None)", "wrap_function"),
    ("tf.train.import_meta_graph('m')", "restore"),
    ("tf.Session().partial_run(None, None)", "one after the other"),
    ("tf.layers.dense(1., 2)", "tf.keras.layers"),
    ("tf.nn.rnn_cell.BasicLSTMCell(2)", "LSTMCell"),
    ("tf.metrics.accuracy([1], [1])", "update_state"),
    ("tf.data.make_initializable_iterator(None)", "for batch in dataset"),
])
def test_what_needs_a_graph_is_refused_with_advice(use, words):
    with pytest.raises(RuntimeError, match=words):
        marked("import tensorflow.compat.v1 as tf\n" + use)


def test_ops_of_a_graph_are_refused_with_advice():
    graph = "import tensorflow.compat.v1 as tf\ntf.get_default_graph()"
    with pytest.raises(AttributeError, match="trace a function with"):
        marked(f"{graph}.get_tensor_by_name('x:0')")
    with pytest.raises(AttributeError, match="no attribute 'not_there'"):
        marked(f"{graph}.not_there")
