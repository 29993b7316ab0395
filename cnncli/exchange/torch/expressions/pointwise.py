"""Functions of single numbers, SOFTMAX, and what is left out in training."""

from cnncli.exchange.torch.statement import MODULE, Arrays, Statement, Variable, call, writes
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
from cnncli.layers.dropout import Dropout, DropPath
from cnncli.layers.softmax import Softmax

_FUNCTIONS: dict[type[Layer], str] = {
    Relu: "F.relu({})",
    Relu6: "F.relu6({})",
    Softplus: "F.softplus({}, threshold=40)",
    # PyTorch's own has the gradient 1/6 in float32
    HardSigmoid: "F.relu6({} + 3) / 6",
    HardSwish: "{0} * F.relu6({0} + 3) / 6",
    Mish: "F.mish({})",
    Sigmoid: "torch.sigmoid({})",
    Tanh: "torch.tanh({})",
    Silu: "F.silu({})",
    Gelu: "F.gelu({})",
    Softmax: "torch.softmax({}, 1)",
}


@writes(*_FUNCTIONS)
def _function(layer: Layer, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Without hyperparameters."""
    return Statement(_FUNCTIONS[type(layer)].format(x.name), x.flat)


@writes(LeakyRelu)
def _leaky_relu(layer: LeakyRelu, node: Node, arrays: Arrays, x: Variable) -> Statement:
    return Statement(call("F.leaky_relu", x.name, layer.slope), x.flat)


@writes(Elu)
def _elu(layer: Elu, node: Node, arrays: Arrays, x: Variable) -> Statement:
    return Statement(call("F.elu", x.name, layer.alpha), x.flat)


@writes(Prelu)
def _prelu(layer: Prelu, node: Node, arrays: Arrays, x: Variable) -> Statement:
    module = call("nn.PReLU", len(arrays["slope"]))
    return Statement(f"{MODULE}({x.name})", x.flat, module, {"weight": arrays["slope"]})


@writes(Dropout)
def _dropout(layer: Dropout, node: Node, arrays: Arrays, x: Variable) -> Statement:
    return Statement(f"{MODULE}({x.name})", x.flat, call("nn.Dropout", layer.rate))


@writes(DropPath)
def _drop_path(layer: DropPath, node: Node, arrays: Arrays, x: Variable) -> Statement:
    module = call("DropPath", layer.rate)
    return Statement(f"{MODULE}({x.name})", x.flat, module, helpers=("DropPath",))
