"""The one place where tfimp reaches below TensorFlow's public API.

Tested on TensorFlow 2.20 and 2.21. `tests/runtime/test_tensorflow_internals.py` names every
private piece used here and fails, piece by piece, when TensorFlow moves one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import context as _context
from tensorflow.python.eager import core as _core
from tensorflow.python.eager import record as _record
from tensorflow.python.eager import tape as _tape
from tensorflow.python.eager.polymorphic_function import atomic_function as _atomic_function
from tensorflow.python.eager.polymorphic_function import concrete_function as _concrete_function
from tensorflow.python.framework import auto_control_deps as _auto_control_deps
from tensorflow.python.framework import composite_tensor as _composite_tensor
from tensorflow.python.framework import composite_tensor_gradient as _composite_tensor_gradient
from tensorflow.python.framework import extension_type_field as _extension_type_field
from tensorflow.python.framework import func_graph as _func_graph
from tensorflow.python.framework import op_def_registry as _op_def_registry
from tensorflow.python.framework import ops as _ops
from tensorflow.python.framework import smart_cond as _smart_cond
from tensorflow.python.framework import tensor_util as _tensor_util
from tensorflow.python.ops import control_flow_case as _control_flow_case
from tensorflow.python.ops import control_flow_switch_case as _control_flow_switch_case
from tensorflow.python.ops import custom_gradient as _custom_gradient
from tensorflow.python.ops import gen_linalg_ops as _gen_linalg_ops
from tensorflow.python.ops import handle_data_util as _handle_data_util
from tensorflow.python.ops import resource_variable_ops as _resource_variable_ops
from tensorflow.python.types import core as _types_core
from tensorflow.python.util import dispatch as _dispatch

CoreTensor = _types_core.Tensor
EagerTensor = _ops.EagerTensor
ResourceVariable = _resource_variable_ops.ResourceVariable
ConcreteFunction = _concrete_function.ConcreteFunction
BaseResourceVariable = _resource_variable_ops.BaseResourceVariable
VariableMetaclass = type(tf.Variable)

# A thread-local object whose attribute `stack` is a list, empty unless a graph is being built:
# reading it costs a tenth of `tf.executing_eagerly()`.
graph_stack = _ops._default_graph_stack

# Context manager: TensorFlow's own tapes on this thread see nothing.
stop_tapes = _record.stop_recording


@contextlib.contextmanager
def recording_again(tape: Any) -> Iterator[None]:
    """While it lasts a tape that has stopped records, its own gradients as well."""
    _tape.push_tape(tape._tape)
    try:
        yield
    finally:
        _tape.pop_tape(tape._tape)


def rewrite_field_types(rewrite: Callable[[Any], Any]) -> None:
    """Has classes of `tf.experimental.ExtensionType` take a field to be of the type that
    `rewrite` makes of its annotation.
    """
    field = _extension_type_field.ExtensionTypeField
    own = field.__new__

    @functools.wraps(own)
    def new(cls: Any, name: str, value_type: Any, *default: Any, **named_default: Any) -> Any:
        return own(cls, name, rewrite(value_type), *default, **named_default)

    field.__new__ = new


def is_composite(value: Any) -> bool:
    """Whether a value is made of tensors, as ragged and sparse ones are; a variable is not."""
    return isinstance(value, _composite_tensor.CompositeTensor) and not isinstance(
        value, tf.Variable
    )


def gradient_parts(values: Sequence[Any]) -> list[Any]:
    """The values with what gradients flow through in the place of composite tensors.

    Raises:
        ValueError: for a composite tensor of a class that says nothing about gradients.
    """
    if not any(map(is_composite, values)):
        return list(values)
    parts: list[Any] = _composite_tensor_gradient.get_flat_tensors_for_gradients(values)
    return parts


def composite_gradients(values: Sequence[Any], gradients: Sequence[Any]) -> list[Any]:
    """The gradients of `values`, from those of their `gradient_parts`."""
    if not any(map(is_composite, values)):
        return list(gradients)
    whole: list[Any] = _composite_tensor_gradient.replace_flat_tensors_for_gradients(
        values, gradients
    )
    return whole


class NativeTape(tf.GradientTape):  # type: ignore[misc]
    """TensorFlow's own tape as tfimp uses it: its methods stay what they are in TensorFlow.

    Those of `tf.GradientTape` are wrapped, since unmarked code's tapes have to be noticed.
    """

    _push_tape = tf.GradientTape._push_tape
    _pop_tape = tf.GradientTape._pop_tape
    watch = tf.GradientTape.watch
    gradient = tf.GradientTape.gradient
    watched_variables = tf.GradientTape.watched_variables

    def pause(self) -> None:
        """Stops to record: `__exit__` without its checks, for what happens at each op call."""
        pywrap_tfe.TFE_Py_TapeSetRemove(self._tape._tape)
        self._recording = False

    def resume(self) -> None:
        """Records again: `__enter__` without its checks, once the tape has been entered."""
        pywrap_tfe.TFE_Py_TapeSetAdd(self._tape._tape)
        self._recording = True

    def gradients_of(self, targets: list[Any], sources: list[Any], cotangents: list[Any]) -> Any:
        """The gradients, as a list: `gradient` without its checks and nests.

        Args:
            targets, cotangents: eager tensors.
            sources: eager tensors and variables.
        """
        return pywrap_tfe.TFE_Py_TapeGradient(
            self._tape._tape, targets,
            [source.handle if isinstance(source, tf.Variable) else source for source in sources],
            [tf.convert_to_tensor(cotangent) for cotangent in cotangents], sources, "none",
        )


# How a tape or forward accumulator starts and stops to record, whoever is told of it.
_TAPE_METHODS = tf.GradientTape._push_tape, tf.GradientTape._pop_tape
_ACCUMULATOR_METHODS = (
    tf.autodiff.ForwardAccumulator._push_accumulator,
    tf.autodiff.ForwardAccumulator._pop_accumulator,
)


@contextlib.contextmanager
def paused(recorders: Sequence[Any]) -> Iterator[None]:
    """Context manager: tapes and forward accumulators, the innermost last, do not record."""
    recorders = [recorder for recorder in recorders if recorder._recording]
    methods = [_TAPE_METHODS if isinstance(recorder, tf.GradientTape) else _ACCUMULATOR_METHODS
               for recorder in recorders]
    for recorder, (_, stop) in zip(recorders, methods, strict=True):
        stop(recorder)
    try:
        yield
    finally:
        for recorder, (start, _) in zip(recorders, methods, strict=True):
            start(recorder)


_Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def wrap_recording(start: _Wrap, stop: _Wrap) -> None:
    """Wraps the methods by which a tape or forward accumulator starts and stops to record."""
    tape, accumulator = tf.GradientTape, tf.autodiff.ForwardAccumulator
    tape._push_tape, tape._pop_tape = start(tape._push_tape), stop(tape._pop_tape)
    accumulator._push_accumulator = start(accumulator._push_accumulator)
    accumulator._pop_accumulator = stop(accumulator._pop_accumulator)


def unseen_copy(value: Any) -> Any:
    """The same value, without a way to it that TensorFlow's own tapes know."""
    with stop_tapes():
        return tf.identity(value)


HOST = "/job:localhost/replica:0/task:0/device:CPU:0"


def device_in_scope() -> str:
    """The device that this thread's innermost `tf.device` names; "" outside of all."""
    return _context.context().device_name or ""


def has_one_device() -> bool:
    """Whether all that TensorFlow runs can only run on one device, `HOST`."""
    return len(_context.context().list_logical_devices()) == 1


_plan_numbers = itertools.count()


def make_eager(array: Any, enum: int) -> Any:
    """Copies a NumPy array or Python scalar into an eager tensor of dtype number `enum`."""
    if isinstance(array, np.ndarray):
        array = array.copy()  # an eager tensor shares the memory of an array that is aligned
    elif type(array) in _NUMBERS:
        # TensorFlow keeps for good the tensor of each Python number that it has been given, and
        # takes the zeros of both signs for one.
        array = np.array(array, _numpy_dtypes[enum])
    try:
        return EagerTensor(array, HOST, enum)
    except (RuntimeError, SystemError):  # the latter once a seed has been set
        # The program's first op call: until then devices may still be configured.
        _context.ensure_initialized()
        return EagerTensor(array, HOST, enum)


def has_started() -> bool:
    """Whether TensorFlow has set up its devices and threads, as it does for its first op."""
    return getattr(_context.context_safe(), "_context_handle", None) is not None


def read_handle(handle: Any, dtype: tf.DType) -> Any:
    """Reads the variable behind a resource handle, unseen by gradient tapes."""
    try:
        return pywrap_tfe.TFE_Py_Execute(
            _context.context()._handle, None, "ReadVariableOp", [handle],
            ("dtype", dtype.as_datatype_enum), 1,
        )[0]
    except _core._NotOkStatusException as error:
        raise _core._status_to_exception(error) from None


class _VariableOnHandle(_resource_variable_ops.ResourceVariable):  # type: ignore[misc]
    """Of the class that TensorFlow's fast path reads by itself, as it does eager mode's own."""

    def __init__(self, **attributes: Any) -> None:
        BaseResourceVariable.__init__(self, **attributes)


def variable_on_handle(variable: Any, handle: Any, trainable: bool) -> Any:
    """A plain resource variable of the shape and dtype of `variable` that lives on `handle`."""
    return _VariableOnHandle(
        trainable=trainable,
        shape=variable._shape,
        dtype=variable.dtype,
        handle=handle,
        name=variable._handle_name.split(":")[0],
        handle_name=variable._handle_name.split(":")[0],
        unique_id=variable._unique_id,
        constraint=variable._constraint,
        in_graph_mode=False,
    )


def is_fast_path(frame: types.FrameType) -> bool:
    """Whether what asks a variable for its handle is the fast path of an op that takes its value.

    That path (C code, called by the op's generated function) reads a variable by itself, and only
    where it cannot, as when the handle is not there, are the op's arguments dispatched.
    """
    name = frame.f_globals.get("__name__", "")
    return name.startswith(_GENERATED) and name not in _TAKING_HANDLES


_GENERATED = "tensorflow.python.ops.gen_"
_TAKING_HANDLES = frozenset({f"{_GENERATED}resource_variable_ops", f"{_GENERATED}training_ops"})


def handle_placeholder(handle: Any) -> Any:
    """A placeholder, in the graph being built, for the resource `handle`."""
    placeholder = tf.compat.v1.placeholder(tf.resource, shape=[])
    _handle_data_util.copy_handle_data(handle, placeholder)
    return placeholder


def is_dispatchable(function: Any) -> bool:
    """Whether TensorFlow declares that `function` takes tensor-like classes of others."""
    return hasattr(function, _dispatch.FALLBACK_DISPATCH_ATTR)


def is_dispatched_by_type(function: Any) -> bool:
    """Whether calls of `function` can be handed over by the types of their arguments."""
    return callable(function) and hasattr(function, _dispatch.TYPE_BASED_DISPATCH_ATTR)


def parameters_dispatched(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the parameters by whose types calls of `function` can be handed over."""
    code: types.CodeType = inspect.unwrap(function).__code__
    return code.co_varnames[:code.co_argcount]


def signature_checker(types_by_position: dict[int, Any]) -> Any:
    """What finds calls whose arguments at some positions have these types (`Union` and `list`
    of classes among them). It can be shared by functions.
    """
    checkers = [(position, _dispatch.make_type_checker(annotation))
                for position, annotation in types_by_position.items()]
    return _dispatch._api_dispatcher.PySignatureChecker(checkers)


def hand_over_calls(
    function: Callable[..., Any], checkers: Iterable[Any], handler: Callable[..., Any]
) -> None:
    """Has `handler` called for the calls of `function` that a signature checker finds.

    It does what `tf.experimental.dispatch_for_api` does, which takes 0.3 ms for each function to
    read signatures, and with hundreds of functions that is the start of every program.
    """
    dispatcher = getattr(function, _dispatch.TYPE_BASED_DISPATCH_ATTR)
    for checker in checkers:
        dispatcher.Register(checker, handler)


def register_tensor_class(cls: type) -> None:
    """Lets TensorFlow's API dispatch see instances of `cls`."""
    _dispatch.register_dispatchable_type(cls)


def wrap_generated_einsum(wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Has `tf.einsum` call what `wrap` makes of the function of its op.

    `tf.einsum` takes any number of tensors, so TensorFlow cannot dispatch it by their types.
    """
    _gen_linalg_ops.einsum = wrap(_gen_linalg_ops.einsum)


def convert_before_class_tests(convert: Callable[[Any], Any]) -> None:
    """Has `convert` make tensors of TensorFlow's own of what is not dispatched but tested for it.

    These are the conditions of `smart_cond`, `tf.case` and `tf.switch_case`, what goes out as
    DLPack, and the tensor that holds the shape of indexed slices.
    """
    _convert_argument(_smart_cond, "smart_constant_value", 0, convert)
    _convert_argument(_control_flow_case, "_case_verify_and_canonicalize_args", 0, convert)
    _convert_argument(_control_flow_switch_case, "_indexed_case_helper", 2, convert)
    _convert_argument(pywrap_tfe, "TFE_ToDlpackCapsule", 0, convert)
    _convert_argument(_tensor_util, "constant_value_as_shape", 0, convert)


def wrap_custom_gradients(wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Has eager calls of functions with a `tf.custom_gradient` made by what `wrap` makes.

    It is called with such a function, a tuple of its arguments and a dictionary of named ones.
    """
    _custom_gradient._eager_mode_decorator = wrap(_custom_gradient._eager_mode_decorator)


def _convert_argument(module: Any, name: str, place: int, convert: Callable[[Any], Any]) -> None:
    own = getattr(module, name)

    @functools.wraps(own)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > place:
            args = (*args[:place], convert(args[place]), *args[place + 1:])
        return own(*args, **kwargs)

    setattr(module, name, call)


# TensorFlow never drops what it has made to run an op with certain attributes. Once so many graph
# functions have left that behind, further ones are called by their names.
MOST_LEFT_BEHIND = 100

# One thread walks a small graph faster than a pool hands it around; kernels still use their own
# pool. This executor does not know control flow, and waits for ever where one device waits for
# another.
_ONE_THREAD = "SINGLE_THREADED_EXECUTOR"

_CALL = "StatefulPartitionedCall"

_NO_REWRITES = tf.compat.v1.ConfigProto()
_NO_REWRITES.graph_options.rewrite_options.disable_meta_optimizer = True


class GraphFunction:
    """A graph function of flat tensors, run by the lowest call that TensorFlow has.

    Going through `tf.function.__call__` costs three times as much as the run of a small step.
    Called by its own name a function runs in a thread of TensorFlow's for which the caller waits,
    which takes longer than running a few small kernels; as the argument of an op that calls
    functions it runs in the thread of the caller, but leaves out what its results do not need.

    Args:
        graph: the graph of the function.
        inputs, outputs: its placeholders and results.
        is_whole: whether it must run all of the graph.
    """

    __slots__ = (
        "_attributes", "_by_name", "_captures", "_context", "_function", "_operation",
        "_output_count",
    )
    _left_behind: ClassVar[int] = 0

    def __init__(
        self, graph: Any, inputs: Sequence[Any], outputs: Sequence[Any], is_whole: bool
    ) -> None:
        graph.inputs = [*inputs, *graph.internal_captures]
        graph.outputs = list(outputs)
        name = f"tfimp_plan_{next(_plan_numbers)}"
        self._function = _atomic_function.from_func_graph(name, graph, {})
        nested = bool(self._function.children)
        # The function library keeps the definition; the Python graph would only cost memory.
        self._function._cached_graph = None
        self._captures = list(graph.external_captures)
        self._context = _context.context()._handle
        self._output_count = len(outputs)
        alone = not nested and has_one_device()
        executor: tuple[Any, ...] = ("executor_type", _ONE_THREAD) if alone else ()
        self._by_name = self._operation, self._attributes = name, executor
        if alone and not is_whole and GraphFunction._left_behind < MOST_LEFT_BEHIND:
            self._operation = _CALL
            self._attributes += (
                "f", name, "config", "", "config_proto", _NO_REWRITES.SerializeToString(),
                "Tin", [value.dtype.as_datatype_enum for value in graph.inputs],
                "Tout", [value.dtype.as_datatype_enum for value in graph.outputs],
            )

    def __del__(self, call: str = _CALL) -> None:  # bound, for the interpreter's exit
        if getattr(self, "_operation", None) == call:
            type(self)._left_behind += 1

    def run(self, feeds: list[Any], ran: list[list[Any]]) -> None:
        """Runs on eager tensors; appends the list of its results to `ran`.

        If Ctrl-C is pressed while it runs, KeyboardInterrupt is raised once the results are there:
        the call and the append are one instruction, after which Python looks at signals.
        """
        if self._captures:
            feeds = feeds + self._captures
        try:
            ran += itertools.starmap(pywrap_tfe.TFE_Py_Execute, ((
                self._context, _context.context().device_name, self._operation, feeds,
                self._attributes, self._output_count,
            ),))
        except tf.errors.InternalError:
            if self._operation != _CALL:
                raise
            # Some int32 results (that of `tf.shape`) it refuses before anything runs.
            self._operation, self._attributes = self._by_name
            self.run(feeds, ran)
        except _core._NotOkStatusException as error:
            raise _core._status_to_exception(error) from None


def before_functions_use_variables(prepare: Callable[[list[Any]], None]) -> None:
    """Has `prepare` called with their handles before functions of TensorFlow's use variables."""
    own = _atomic_function.AtomicFunction.call_flat

    @functools.wraps(own)
    def call_flat(self: Any, *args: Any) -> Any:
        handles = [arg for arg in args if arg.dtype == tf.resource]
        if handles:
            prepare(handles)
        return own(self, *args)

    _atomic_function.AtomicFunction.call_flat = call_flat


def build_function(
    make_inputs: Callable[[], list[Any]],
    body: Callable[[list[Any]], tuple[list[Any], list[Any]]],
) -> GraphFunction:
    """Traces `body` into a graph function whose stateful ops keep their order.

    Args:
        make_inputs: makes the placeholders, called with the graph as default.
        body: takes what `make_inputs` returned, returns graph tensors, and operations that must
            run although they have no effect and no tensor needs them.
    """
    graph = _func_graph.FuncGraph("tfimp_plan")
    with graph.as_default(), _auto_control_deps.AutomaticControlDependencies() as dependencies:
        inputs = make_inputs()
        results, unneeded = body(inputs)
        outputs = [dependencies.mark_as_return(result) for result in results]
    graph.control_outputs.extend({*dependencies.ops_which_must_run, *unneeded})
    return GraphFunction(graph, inputs, outputs, is_whole=bool(unneeded))


@contextlib.contextmanager
def captured_as(handles: Sequence[Any], placeholders: Sequence[Any]) -> Iterator[None]:
    """While it lasts, the graph being built takes `placeholders` for what `handles` name."""
    graph: Any = tf.compat.v1.get_default_graph()
    for handle, placeholder in zip(handles, placeholders, strict=True):
        graph.replace_capture(handle, placeholder)
    try:
        yield
    finally:
        for handle in handles:
            graph._function_captures.pop(id(handle), False)


def scratch_graph() -> Any:
    """A graph for a trial trace whose result is thrown away."""
    return _func_graph.FuncGraph("tfimp_trial")


def is_stateful(operation: Any) -> bool:
    """Whether the graph operation has state or an effect beyond its outputs."""
    return bool(operation._is_stateful)


def branches_of(operation: Any) -> list[Any]:
    """The graphs of the two branches of a `tf.cond`; none for another operation."""
    if operation.type != "If":
        return []
    return [operation._true_graph, operation._false_graph]


_NUMBERS: Final = frozenset({int, float})

_numpy_enums: dict[np.dtype[Any], int] = {}
_numpy_dtypes: Final = {dtype.as_datatype_enum: dtype.as_numpy_dtype
                        for dtype in (tf.float32, tf.float64, tf.int32, tf.int64)}


def numpy_enum(dtype: np.dtype[Any]) -> int:
    """TensorFlow's number for a NumPy dtype; TypeError where it has none."""
    enum = _numpy_enums.get(dtype)
    if enum is None:
        enum = _numpy_enums[dtype] = tf.as_dtype(dtype).as_datatype_enum
    return enum


def op_definition(name: str) -> Any:
    """The definition of the op of this name; None where there is none."""
    return _op_def_registry.get(name)
