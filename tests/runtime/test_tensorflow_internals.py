"""Each private piece of TensorFlow that tfimp rests on exists and behaves as it is used.

A failure here names the piece that TensorFlow has moved or changed; `tensorflow_internals.py` is
the one file to mend.
"""

import ast
import gc
import importlib
import inspect
import math
import sys
import threading
from typing import Union

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context, core
from tensorflow.python.eager.polymorphic_function import atomic_function
from tensorflow.python.framework import (
    auto_control_deps,
    func_graph,
    op_def_registry,
    ops,
)
from tensorflow.python.ops import handle_data_util, resource_variable_ops
from tensorflow.python.types import core as types_core
from tensorflow.python.util import dispatch

from tfimp.runtime import tensorflow_internals as internals
from tfimp.runtime.dispatch import dispatched_functions


def names_used():
    """(module, attribute) of what the file uses of the modules below `tensorflow.python`."""
    tree = ast.parse(inspect.getsource(internals))
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tensorflow.python"):
            for alias in node.names:
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return sorted({
        (modules[node.value.id], node.attr) for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        and node.value.id in modules
    })


@pytest.mark.parametrize("module, name", names_used())
def test_name_exists(module, name):
    assert hasattr(importlib.import_module(module), name)


def test_no_other_file_imports_private_modules():
    import pathlib

    import tfimp

    package = pathlib.Path(tfimp.__file__).parent
    users = {
        str(path.relative_to(package)) for path in package.rglob("*.py")
        if "tensorflow.python" in path.read_text() and any(
            isinstance(node, (ast.Import, ast.ImportFrom))
            and "tensorflow.python" in ast.unparse(node)
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert users == {"runtime/tensorflow_internals.py"}


def test_graph_stack_is_empty_unless_a_graph_is_built():
    assert ops._default_graph_stack.stack == []
    with tf.Graph().as_default():
        assert len(ops._default_graph_stack.stack) == 1
    seen = []
    tf.function(lambda: seen.append(len(ops._default_graph_stack.stack)))()
    assert seen[0] > 0
    assert ops._default_graph_stack.stack == []


def test_tape_and_forward_accumulator_start_and_stop_by_their_own_methods(monkeypatch):
    called = []
    for cls, names in (
        (tf.GradientTape, ["_push_tape", "_pop_tape"]),
        (tf.autodiff.ForwardAccumulator, ["_push_accumulator", "_pop_accumulator"]),
    ):
        for name in names:
            own = getattr(cls, name)

            def method(self, own=own, name=name):
                called.append(name)
                own(self)

            monkeypatch.setattr(cls, name, method)
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.reset()
        with tape.stop_recording():
            pass
    assert called == ["_push_tape", "_pop_tape"] * 3
    with tf.autodiff.ForwardAccumulator(x, x):
        pass
    assert called[6:] == ["_push_accumulator", "_pop_accumulator"]


def test_paused_tapes_and_forward_accumulators_see_nothing():
    x = tf.constant(3.0)
    tape, other = tf.GradientTape(persistent=True), tf.GradientTape(persistent=True)
    accumulator = tf.autodiff.ForwardAccumulator(x, tf.constant(1.0))
    with tape, accumulator, other:
        tape.watch(x)
        other.watch(x)
        with internals.paused([tape, accumulator]), internals.paused([tape]):
            y = x * x
        z = x * 2.0
    assert tape.gradient(y, x) is None and accumulator.jvp(y) is None
    assert other.gradient(y, x) == 6.0
    assert tape.gradient(z, x) == 2.0 and accumulator.jvp(z) == 2.0


@pytest.mark.parametrize("value, dtype", [
    (np.ones([2, 3], np.float32), tf.float32), (np.arange(4), tf.int64), (1.5, tf.float64),
    (7, tf.int64), (np.array([True]), tf.bool), (np.zeros([0, 2], np.float16), tf.float16),
    (np.array(["a", "b"], object), tf.string),
])
def test_eager_tensor_from_a_value(value, dtype):
    made = internals.make_eager(value, dtype.as_datatype_enum)
    assert isinstance(made, tf.Tensor)
    assert made.dtype == dtype
    assert made.shape == np.shape(value)
    np.testing.assert_array_equal(made, tf.constant(value, dtype))


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_eager_tensor_has_the_sign_of_a_zero_whatever_came_before(dtype):
    # As TensorFlow's own cache of scalars has not.
    zeros = [internals.make_eager(zero, dtype.as_datatype_enum) for zero in (-0.0, 0.0, -0.0)]
    assert [bool(np.signbit(zero)) for zero in zeros] == [True, False, True]


def test_eager_tensor_is_a_copy():
    base = np.zeros(200, np.float32)
    for offset in range(64):
        view = base[offset:offset + 100]
        made = internals.make_eager(view, tf.float32.as_datatype_enum)
        view[:] = 5
        assert made.numpy().sum() == 0
        view[:] = 0


def test_eager_tensor_knows_its_dtype_number_and_shape():
    made = tf.ones([2, 3])
    assert made._datatype_enum() == tf.float32.as_datatype_enum == 1
    assert made._shape_tuple() == (2, 3)
    assert isinstance(made._numpy(), np.ndarray)
    assert isinstance(made, ops.EagerTensor)


def test_read_of_a_handle_is_unseen_by_tapes():
    v = tf.Variable([1., 2.])
    with tf.GradientTape() as tape:
        value = internals.read_handle(v.handle, v.dtype)
    assert value.numpy().tolist() == [1., 2.]
    assert tape.watched_variables() == ()


def test_read_of_a_handle_that_holds_nothing_is_tensorflows_error():
    handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="nothing here")
    with pytest.raises(tf.errors.OpError):
        internals.read_handle(handle, tf.float32)


def test_variable_on_a_handle_shares_the_resource():
    v = tf.Variable([1., 2.], name="w")
    twin = internals.variable_on_handle(v, v.handle, v.trainable)
    twin.assign_add([1., 1.])
    assert v.numpy().tolist() == [2., 3.]
    assert isinstance(twin, tf.Variable)
    assert (twin.name, twin.shape, twin.dtype, twin.trainable) == (v.name, v.shape, v.dtype, True)
    with tf.GradientTape() as tape:
        y = twin * twin
    assert tape.gradient(y, twin).numpy().tolist() == [4., 6.]


def test_twin_does_not_destroy_the_resource():
    v = tf.Variable([1., 2.])
    twin = internals.variable_on_handle(v, v.handle, v.trainable)
    del twin
    assert v.numpy().tolist() == [1., 2.]


def test_op_is_dispatched_if_its_fast_path_finds_no_handle():
    asked = []

    class Watched(internals.ResourceVariable):
        @property
        def _handle(self):
            asked.append(internals.is_fast_path(sys._getframe(1)))
            return None if asked[-1] else self._kept

        @_handle.setter
        def _handle(self, handle):
            self._kept = handle

    v = Watched([2.0, 3.0])
    asked.clear()
    assert tf.square(v).numpy().tolist() == [4.0, 9.0]
    assert asked[0] and not all(asked)
    asked.clear()
    v.assign_add([1.0, 1.0])
    assert v.read_value().numpy().tolist() == [3.0, 4.0]
    assert asked and not any(asked)


def test_placeholder_of_a_handle_knows_what_it_holds():
    v = tf.Variable(tf.ones([2, 3]))
    with tf.Graph().as_default():
        placeholder = internals.handle_placeholder(v.handle)
        read = resource_variable_ops.read_variable_op(placeholder, tf.float32)
        assert placeholder.dtype == tf.resource
        assert read.shape == (2, 3)
    assert callable(handle_data_util.copy_handle_data)


@pytest.mark.parametrize("function, declared", [
    (tf.reduce_sum, True), (tf.matmul, True), (tf.nn.relu, True), (tf.concat, True),
    (tf.is_tensor, False), (tf.executing_eagerly, False), (len, False),
])
def test_dispatchable_functions_carry_their_mark(function, declared):
    assert internals.is_dispatchable(function) is declared
    assert isinstance(dispatch.FALLBACK_DISPATCH_ATTR, str)


def test_parameters_dispatched_are_those_of_the_signature():
    """A dispatcher numbers them, so it would look at the wrong argument otherwise."""
    functions = [function for _, function in dispatched_functions()]
    assert len(functions) > 500
    for function in functions:
        named = [parameter.name for parameter in inspect.signature(function).parameters.values()
                 if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
        assert list(internals.parameters_dispatched(function)) == named, function.__name__


def test_calls_are_handed_over_by_the_types_at_a_position():
    class Ours:
        pass

    internals.register_tensor_class(Ours)
    checker = internals.signature_checker({1: Union[Ours, list[Ours]]})  # noqa: UP007
    def handler(x, q, name):
        return [x, q]

    internals.hand_over_calls(tf.math.zeta, [checker], handler)
    one = Ours()
    try:
        assert tf.math.zeta(1., one) == [1., one]
        assert tf.math.zeta(1., q=[one, one]) == [1., [one, one]]
        assert abs(tf.math.zeta(2., 1.) - math.pi ** 2 / 6) < 1e-5
        with pytest.raises((TypeError, ValueError)):
            tf.math.zeta(one, 1.)
    finally:
        getattr(tf.math.zeta, dispatch.TYPE_BASED_DISPATCH_ATTR).Unregister(handler)


def test_core_tensor_may_be_derived_from_and_converts():
    class Ours(types_core.Tensor):
        dtype = tf.float32
        shape = tf.TensorShape([2])

        def __tf_tensor__(self, dtype=None, name=None):
            return tf.constant([1., 2.])

    ours = Ours()
    assert tf.is_tensor(ours)
    assert tf.reduce_sum(ours).numpy() == 3.
    assert (tf.constant([1., 1.]) + ours).numpy().tolist() == [2., 3.]
    assert tf.function(lambda x: tf.multiply(x, 2.))(ours).numpy().tolist() == [2., 4.]


def function_in_graph(make_inputs, body):
    function = internals.build_function(make_inputs, body)

    def run(feeds):
        ran: list[list[tf.Tensor]] = []
        function.run(feeds, ran)
        return ran[0]

    return run


def function_of(body, *specs):
    return function_in_graph(
        lambda: [tf.compat.v1.placeholder(dtype, shape) for dtype, shape in specs],
        lambda inputs: (body(inputs), []),
    )


def test_concrete_functions_are_of_the_class_whose_call_is_wrapped():
    made = tf.function(lambda x: x * 2).get_concrete_function(tf.TensorSpec([]))
    assert isinstance(made, internals.ConcreteFunction)
    assert "__call__" in vars(internals.ConcreteFunction)


def test_graph_function_runs_on_eager_tensors():
    double = function_of(lambda xs: [xs[0] * 2, xs[0] + xs[1]], (tf.float32, [2]), (tf.float32, []))
    first, second = double([tf.constant([1., 2.]), tf.constant(10.)])
    assert isinstance(first, tf.Tensor)
    assert first.numpy().tolist() == [2., 4.]
    assert second.numpy().tolist() == [11., 12.]


def test_graph_function_runs_in_the_thread_of_its_caller():
    def own_thread(_):
        return np.int64(threading.get_ident())

    function = function_of(
        lambda xs: [tf.numpy_function(own_thread, xs, tf.int64)], (tf.float32, [])
    )
    assert int(function([tf.constant(1.)])[0]) == threading.get_ident()


@pytest.mark.parametrize("most", [0, 10**9])
def test_graph_functions_called_by_name_once_many_have_left_something_behind(monkeypatch, most):
    monkeypatch.setattr(internals, "MOST_LEFT_BEHIND", most)
    before = internals.GraphFunction._left_behind
    for factor in (1., 2., 3.):
        times = function_of(lambda xs, by=factor: [xs[0] * by], (tf.float32, [2]))
        assert times([tf.constant([1., 2.])])[0].numpy().tolist() == [factor, 2. * factor]
        del times
    gc.collect()
    assert internals.GraphFunction._left_behind - before == (0 if most == 0 else 3)


def test_graph_function_returns_a_shape():
    function = function_of(lambda xs: [tf.shape(xs[0]), tf.size(xs[0])], (tf.float32, [None, 3]))
    for rows in (2, 5):
        shape, size = function([tf.ones([rows, 3])])
        assert (shape.numpy().tolist(), int(size)) == ([rows, 3], 3 * rows)


def test_graph_function_takes_shapes_that_vary():
    total = function_of(lambda xs: [tf.reduce_sum(xs[0])], (tf.float32, [None]))
    assert [float(total([tf.ones([n])])[0]) for n in (1, 3, 0)] == [1., 3., 0.]


def test_graph_function_keeps_the_order_of_reads_and_writes():
    v = tf.Variable(1.)

    def body(handles):
        variable = internals.variable_on_handle(v, handles[0], v.trainable)
        before = variable.read_value()
        variable.assign_add(10., read_value=False)
        after = variable.read_value()
        variable.assign(after * 2, read_value=False)
        return [before, after], []

    step = function_in_graph(lambda: [internals.handle_placeholder(v.handle)], body)
    assert [float(x) for x in step([v.handle])] == [1., 11.]
    assert float(v) == 22.


def test_graph_function_without_results_still_writes():
    v = tf.Variable(1.)

    def body(handles):
        internals.variable_on_handle(v, handles[0], v.trainable).assign_add(1., read_value=False)
        return [], []

    step = function_in_graph(lambda: [internals.handle_placeholder(v.handle)], body)
    for _ in range(3):
        assert list(step([v.handle])) == []
    assert float(v) == 4.


def test_graph_function_runs_what_it_is_told_to_though_no_result_needs_it():
    def body(inputs):
        return [inputs[0] * 2], [tf.gather([1, 2], inputs[0]).op]

    double = function_in_graph(lambda: [tf.compat.v1.placeholder(tf.int32, [])], body)
    assert int(double([tf.constant(1)])[0]) == 2
    with pytest.raises(tf.errors.InvalidArgumentError):
        double([tf.constant(5)])


def test_graph_function_captures_what_is_around_it():
    outside = tf.constant([1., 2.])
    add = function_of(lambda xs: [xs[0] + outside], (tf.float32, []))
    assert add([tf.constant(1.)])[0].numpy().tolist() == [2., 3.]


def test_graph_function_may_hold_control_flow():
    def body(xs):
        return [tf.while_loop(lambda x: x < 100., lambda x: [x * 2], [xs[0]])[0]]

    assert float(function_of(body, (tf.float32, []))([tf.constant(3.)])[0]) == 192.


def test_graph_function_gives_its_errors_as_tensorflows_own():
    pick = function_of(lambda xs: [tf.gather(xs[0], xs[1])], (tf.float32, [2]), (tf.int32, []))
    with pytest.raises(tf.errors.InvalidArgumentError):
        pick([tf.constant([1., 2.]), tf.constant(7)])
    assert float(pick([tf.constant([1., 2.]), tf.constant(1)])[0]) == 2.


def test_graph_function_is_unseen_by_tapes_and_released():
    import gc

    before = set(context.context().list_function_names())
    double = function_of(lambda xs: [xs[0] * 2], (tf.float32, []))
    added = set(context.context().list_function_names()) - before
    assert len(added) == 1
    del double
    gc.collect()
    assert not added & set(context.context().list_function_names())


def test_statefulness_of_operations():
    with tf.Graph().as_default():
        draw = tf.compat.v1.random_normal([2]).op
        while draw.type != "RandomStandardNormal":
            draw = draw.inputs[0].op
        assert internals.is_stateful(draw)
        assert not internals.is_stateful(tf.constant(1.).op)


def test_definitions_of_ops():
    assert internals.op_definition("RandomUniform").is_stateful
    assert not internals.op_definition("Add").is_stateful
    assert internals.op_definition("NoSuchOp") is None
    assert callable(op_def_registry.get)


def test_numbers_of_numpy_dtypes():
    assert internals.numpy_enum(np.dtype("float32")) == tf.float32.as_datatype_enum
    assert internals.numpy_enum(np.dtype(object)) == tf.string.as_datatype_enum
    with pytest.raises(TypeError):
        internals.numpy_enum(np.dtype("M8[s]"))


def test_status_of_a_failed_call_becomes_an_exception():
    assert issubclass(core._NotOkStatusException, Exception)
    assert callable(core._status_to_exception)
    assert callable(atomic_function.from_func_graph)
    assert callable(auto_control_deps.AutomaticControlDependencies)
    assert issubclass(func_graph.FuncGraph, tf.Graph)


def test_variables_are_made_by_a_metaclass_that_may_be_derived_from():
    assert issubclass(internals.VariableMetaclass, type)

    metaclass = type(tf.Variable)
    Ours = metaclass("Ours", (resource_variable_ops.ResourceVariable,), {})
    assert isinstance(Ours(1.), tf.Variable)
    assert float(Ours(1.) + 1) == 2.
