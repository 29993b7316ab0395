"""A network of ours as a PyTorch module with the same weights, translated node by node."""

import numpy as np
import torch

from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph, Node
from cnncli.layers.windows import window_geometry

Arrays = dict[str, np.ndarray]


class Flatten(torch.nn.Module):
    """In the order of our memory, height, width, depth: no copy in channels_last."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, H*W*C)."""
        return x if x.dim() == 2 else x.permute(0, 2, 3, 1).flatten(1)


class Add(torch.nn.Module):
    """The sum of several volumes."""

    def forward(self, x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        """x + ..."""
        for other in others:
            x = x + other
        return x


class Multiply(torch.nn.Module):
    """The product of several volumes, or of volumes and gates."""

    def forward(self, x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        """x * ..."""
        for other in others:
            x = x * other
        return x


class ScaleAndShift(torch.nn.Module):
    """Each channel times a trained number, and one added."""

    def __init__(self, tensors: dict[str, torch.nn.Parameter]) -> None:
        super().__init__()
        self.weight, self.bias = tensors["gamma"], tensors.get("beta")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """gamma * x + beta."""
        y = self.weight[:, None, None] * x
        return y if self.bias is None else y + self.bias[:, None, None]


class LayerNorm(torch.nn.LayerNorm):
    """Of each place's column, as torchvision has it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """With the channels last."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Scale(torch.nn.Module):
    """Every number times a constant."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """by * x."""
        return self.by * x


class Concat(torch.nn.Module):
    """Volumes one behind the other in depth."""

    def forward(self, *xs: torch.Tensor) -> torch.Tensor:
        """Along C."""
        return torch.cat(xs, 1)


class EverySecond(torch.nn.Module):
    """A pool of 1x1 windows is a slice, as PyTorch's users write it."""

    def __init__(self, down: int, across: int) -> None:
        super().__init__()
        self.down, self.across = down, across

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Every S-th pixel."""
        return x[:, :, :: self.down, :: self.across]


class Translation(torch.nn.Module):
    """Every node as a module; outputs are kept by number until their last reader."""

    def __init__(self, graph: Graph, engine: Engine) -> None:
        super().__init__()
        nodes = graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1]
        number = {node.name: index for index, node in enumerate(nodes)}
        readers = [sum(node.name in other.inputs for other in nodes) for node in nodes]
        self.nodes = nodes[1:]
        self.inputs = [tuple(number[name] for name in node.inputs) for node in nodes[1:]]
        self.dead = [
            tuple(i for i in set(ins) if not any(i in later for later in self.inputs[at + 1 :]))
            for at, ins in enumerate(self.inputs)
        ]
        self.layers = torch.nn.ModuleList(
            translated(
                node,
                engine.parameters.of(node.name),
                inplace=ins[0] > 0 and readers[ins[0]] == 1,
            )
            for node, ins in zip(nodes[1:], self.inputs, strict=True)
        )
        self.flatten = Flatten()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> the scores, (N, classes)."""
        outputs = {0: x}
        del x
        for at, (layer, ins, dead) in enumerate(
            zip(self.layers, self.inputs, self.dead, strict=True), 1
        ):
            outputs[at] = layer(*[outputs[i] for i in ins])
            for i in dead:
                del outputs[i]
        return self.flatten(outputs[len(self.inputs)])

    def gradients(self) -> Arrays:
        """The gradients in the shapes of our parameters, by our names."""
        found = {}
        for node, layer in zip(self.nodes, self.layers, strict=True):
            for ours, theirs in zip(node.params, layer.parameters(), strict=True):
                found[f"{node.name}.{ours}"] = in_our_shape(theirs.grad)
        return found


def in_our_shape(tensor: torch.Tensor) -> np.ndarray:
    """(K, C, F, F) -> (F, F, C, K), and a matrix transposed."""
    order = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[tensor.dim()]
    return tensor.permute(order).numpy()


def in_their_shape(array: np.ndarray) -> torch.Tensor:
    """(F, F, C, K) -> (K, C, F, F), and a matrix transposed."""
    order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[array.ndim]
    return torch.tensor(np.ascontiguousarray(array.transpose(order)))


_ACTIVATIONS = {
    "GELU": "GELU",
    "HARDSIGMOID": "Hardsigmoid",
    "HARDSWISH": "Hardswish",
    "MISH": "Mish",
    "RELU6": "ReLU6",
    "SIGMOID": "Sigmoid",
    "SILU": "SiLU",
    "SOFTPLUS": "Softplus",
    "TANH": "Tanh",
}
"""By our kinds, which have no hyperparameters, the names of their modules."""


def translated(node: Node, arrays: Arrays, *, inplace: bool) -> torch.nn.Module:
    """One layer. Raises ValueError for one that has no translation here."""
    layer, depth, nn = node.layer, node.in_shapes[0].D, torch.nn
    tensors = {name: torch.nn.Parameter(in_their_shape(array)) for name, array in arrays.items()}
    match layer.kind:
        case "CONV":
            where = window_geometry(layer, node.in_shapes[0])
            one_sided = max(where.P.right - where.P.left, where.P.bottom - where.P.top) > 0
            groups = depth if layer.groups == "depthwise" else layer.groups
            conv = nn.Conv2d(
                depth, layer.K, where.F[::-1], where.S[::-1],
                (0, 0) if one_sided else (where.P.top, where.P.left),
                layer.dilation[::-1], groups, layer.bias,
            )  # fmt: skip
            conv.weight, conv.bias = tensors["W"], tensors.get("b")
            return nn.Sequential(nn.ZeroPad2d(where.P), conv) if one_sided else conv
        case "FC":
            linear = nn.Linear(node.in_shapes[0].size, layer.K, layer.bias)
            linear.weight, linear.bias = tensors["W"], tensors.get("b")
            return nn.Sequential(Flatten(), linear)
        case "BATCHNORM":
            norm = nn.BatchNorm2d(depth, layer.eps, layer.momentum)
            norm.weight, norm.bias = tensors.get("gamma"), tensors["beta"]
            if norm.weight is None:
                # on a GPU PyTorch wants a scale beside the shift
                del norm.weight
                norm.register_buffer("weight", torch.ones(depth))
            return norm
        case "GROUPNORM" | "INSTANCENORM":
            groups = layer.groups if layer.kind == "GROUPNORM" else depth
            group_norm = nn.GroupNorm(groups, depth, layer.eps)
            group_norm.weight, group_norm.bias = tensors["gamma"], tensors["beta"]
            return group_norm
        case "LAYERNORM" if layer.over == "depth":
            layer_norm = LayerNorm(depth, layer.eps)
            layer_norm.weight, layer_norm.bias = tensors["gamma"], tensors["beta"]
            return layer_norm
        case "LRN":
            # there alpha is divided by the number of neighbours
            return nn.LocalResponseNorm(layer.n, layer.n * layer.alpha, layer.beta, layer.k)
        case "DROPOUT":
            return nn.Dropout(layer.rate)
        case "POOL":
            return _pool(node)
        case "PAD":
            sides = (layer.P.left, layer.P.right, layer.P.top, layer.P.bottom)
            return nn.ConstantPad3d((*sides, layer.front, layer.back), 0.0)
        case "RELU":
            return nn.ReLU(inplace)
        case "PRELU":
            prelu = nn.PReLU(len(tensors["slope"]))
            prelu.weight = tensors["slope"]
            return prelu
        case "LEAKYRELU":
            return nn.LeakyReLU(layer.slope)
        case "ELU":
            return nn.ELU(layer.alpha)
        case kind if kind in _ACTIVATIONS:
            return getattr(nn, _ACTIVATIONS[kind])()
        case "SCALE":
            return ScaleAndShift(tensors) if layer.trained else Scale(layer.by)
        case "ADD":
            return Add()
        case "MUL":
            return Multiply()
        case "CONCAT":
            return Concat()
    raise ValueError(f"{node.name}: {layer.kind} has no translation to PyTorch here")


def _pool(node: Node) -> torch.nn.Module:
    layer = node.layer
    where = window_geometry(layer, node.in_shapes[0])
    window = {"kernel_size": where.F[::-1], "stride": where.S[::-1]}
    if max(where.F) == 1:
        return EverySecond(where.S.H, where.S.W)
    if layer.mode == "L2":
        raise ValueError(f"{node.name}: POOL of mode L2 has no translation to PyTorch here")
    if layer.F == "global" and layer.mode == "average":
        return torch.nn.AdaptiveAvgPool2d(1)
    window |= {"padding": (where.P.top, where.P.left), "ceil_mode": layer.fit == "pad"}
    if layer.mode == "average":
        return torch.nn.AvgPool2d(**window, count_include_pad=layer.count_border)
    return torch.nn.MaxPool2d(**window)
