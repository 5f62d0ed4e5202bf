"""Which operations of a graph may raise an error when they run.

An op call has been made once by eager mode, with the same shapes and the same constants, before it
becomes part of a plan. What depends on these alone will not fail later; what depends on values may:
an index out of range, a singular matrix, a division by zero. An operation that is not known here
counts as one that may fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import tensorflow as tf

# Operations that no value makes fail, once the shapes of their inputs are known.
_NEVER_FAILING: Final = """
    Abs Acos Acosh Add AddN AddV2 All Angle ApproximateEqual Asin Asinh Atan Atan2 Atanh AvgPool
    AvgPool3D AvgPoolGrad BatchMatMul BatchMatMulV2 BatchMatMulV3 BesselI0 BesselI0e BesselI1
    BesselI1e BiasAdd BiasAddGrad Bitcast BitwiseAnd BitwiseOr BitwiseXor BroadcastArgs
    BroadcastGradientArgs Cast Ceil ClipByValue Complex ComplexAbs Conj Const Conv2D
    Conv2DBackpropFilter Conv2DBackpropInput Conv3D Cos Cosh Cross DepthwiseConv2dNative
    DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput Diag DiagPart Digamma
    DivNoNan Einsum Elu EluGrad Equal Erf Erfc Erfinv Exp Expm1 Floor FusedBatchNormGradV3
    FusedBatchNormV3 Greater GreaterEqual Identity IdentityN Igamma Igammac Imag Inv InvGrad
    Invert IsFinite IsInf IsNan L2Loss LeakyRelu LeakyReluGrad LeftShift Less LessEqual Lgamma
    Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul MaxPool MaxPoolGrad Maximum
    Minimum Mul MulNoNan Ndtri Neg NextAfter NoOp NotEqual OnesLike Pack Placeholder
    PreventGradient Rank ReadVariableOp Real Reciprocal ReciprocalGrad Relu Relu6 Relu6Grad
    ReluGrad RightShift Rint Round Rsqrt RsqrtGrad Select SelectV2 Selu SeluGrad Shape ShapeN
    Sigmoid SigmoidGrad Sign Sin Sinh Size Softmax SoftmaxCrossEntropyWithLogits Softplus
    SoftplusGrad Softsign SoftsignGrad Sqrt SqrtGrad Square SquaredDifference Squeeze
    StopGradient StringJoin StringLength StringLower StringStrip StringUpper Sub Tan Tanh
    TanhGrad Unpack VariableShape Where Xdivy Xlog1py Xlogy ZerosLike Zeta
"""

_ANY_VALUES: Final = frozenset(_NEVER_FAILING.split())

# Operations that only these inputs, by number, can make fail: axes, sizes, indices of slices.
_PARAMETERS: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys(("All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"), (1,)),
    **dict.fromkeys(("ArgMax", "ArgMin", "BroadcastTo", "Cumprod", "Cumsum", "ExpandDims"), (1,)),
    **dict.fromkeys(("OneHot", "Reshape", "ReverseV2", "Tile", "TopKV2", "Transpose"), (1,)),
    **dict.fromkeys(("MirrorPad", "Pad", "PadV2"), (1,)),
    **dict.fromkeys(("LinSpace", "Range"), (0, 1, 2)),
    **dict.fromkeys(("Fill", "Split"), (0,)),
    **dict.fromkeys(("MatrixBandPart", "Roll", "Slice", "SplitV"), (1, 2)),
    "StridedSlice": (1, 2, 3),
    "ConcatV2": (-1,),
    "StridedSliceGrad": (0, 1, 2, 3),
}

# Operations that fail on integers: the second input may be zero or negative.
_PARTIAL_ON_INTEGERS: Final = frozenset({
    "Div", "FloorDiv", "FloorMod", "Mod", "Pow", "RealDiv", "TruncateDiv", "TruncateMod",
})


def may_fail(operation: Any) -> bool:
    """Whether the values that the graph operation gets may make it raise an error."""
    kind = operation.type
    inputs = operation.inputs
    if kind in _PARTIAL_ON_INTEGERS:
        parameters: tuple[int, ...] = (1,) if inputs[1].dtype.is_integer else ()
    elif kind in _PARAMETERS:
        parameters = _PARAMETERS[kind]
    elif kind in _ANY_VALUES:
        parameters = ()
    else:
        return True
    return not (
        all(value.shape.is_fully_defined() for value in inputs)
        and all(_is_constant(inputs[number]) for number in parameters)
    )


def _is_constant(value: Any) -> bool:
    return value.op.type == "Const" or tf.get_static_value(value) is not None


def needed_for(targets: Iterable[Any]) -> set[Any]:
    """The operations that must run before `targets`, graph operations too, can; these included."""
    found = set(targets)
    stack = list(found)
    while stack:
        operation = stack.pop()
        for before in (*(value.op for value in operation.inputs), *operation.control_inputs):
            if before not in found:
                found.add(before)
                stack.append(before)
    return found
