"""Functions of single numbers, and SOFTMAX."""

import math

from cnncli.exchange.onnx_models.operators import Arrays, Operators, Value, writes
from cnncli.graph.network import Node
from cnncli.layers.activations import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Prelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from cnncli.layers.base import Layer
from cnncli.layers.softmax import Softmax

_OPERATORS: dict[type[Layer], str] = {
    Relu: "Relu",
    Softplus: "Softplus",
    HardSwish: "HardSwish",
    Mish: "Mish",
    Sigmoid: "Sigmoid",
    Tanh: "Tanh",
}


@writes(*_OPERATORS)
def _of_the_same_name(ops: Operators, layer: Layer, node: Node, arrays: Arrays, x: Value) -> Value:
    """Functions that ONNX has, without hyperparameters."""
    return ops.add(_OPERATORS[type(layer)], x)


@writes(LeakyRelu)
def _leaky_relu(ops: Operators, layer: LeakyRelu, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("LeakyRelu", x, alpha=layer.slope)


@writes(Relu6)
def _relu6(ops: Operators, layer: Relu6, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("Clip", x, ops.number(0), ops.number(6))


@writes(Prelu)
def _prelu(ops: Operators, layer: Prelu, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("PRelu", x, ops.by_channel(x, "slope", arrays["slope"]))


@writes(Elu)
def _elu(ops: Operators, layer: Elu, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("Elu", x, alpha=layer.alpha)


@writes(HardSigmoid)
def _hard_sigmoid(
    ops: Operators, layer: HardSigmoid, node: Node, arrays: Arrays, x: Value
) -> Value:
    return ops.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@writes(Silu)
def _silu(ops: Operators, layer: Silu, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("Mul", x, ops.add("Sigmoid", x))


@writes(Gelu)
def _gelu(ops: Operators, layer: Gelu, node: Node, arrays: Arrays, x: Value) -> Value:
    """x (1 + erf(x / sqrt 2)) / 2: ONNX's own GELU is of a later version."""
    erf = ops.add("Erf", ops.add("Mul", x, ops.number(math.sqrt(0.5))))
    weighed = ops.add("Mul", x, ops.add("Add", erf, ops.number(1)))
    return ops.add("Mul", weighed, ops.number(0.5))


@writes(Softmax)
def _softmax(ops: Operators, layer: Softmax, node: Node, arrays: Arrays, x: Value) -> Value:
    return ops.add("Softmax", x, axis=1)
