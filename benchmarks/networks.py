"""The same network twice: our engine, and PyTorch modules built from our graph."""

from pathlib import Path

import numpy as np
import torch

from cnncli.engine.engine import Engine
from cnncli.graph.build import build
from cnncli.graph.network import Graph, Node
from cnncli.layers.hyperparameters import Volume
from cnncli.spec.load import load

CONFIGS = Path(__file__).parent.parent / "configs"


def graph(name: str) -> Graph:
    """The checked network of a configuration for CIFAR-10."""
    network = build(load(CONFIGS / f"{name}.yaml"), Volume(32, 32, 3), 10)
    network.check()
    return network


class Flatten(torch.nn.Module):
    """In the order of our memory, height, width, depth: no copy in channels_last."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, H*W*C)."""
        return x if x.dim() == 2 else x.permute(0, 2, 3, 1).flatten(1)


def in_pytorch(network: Graph, engine: Engine) -> torch.nn.Sequential:
    """PyTorch modules with the engine's weights."""
    modules: list[torch.nn.Module] = []
    for node in network.nodes[1:]:
        weights = {
            name: torch.tensor(np.array(view))
            for name, view in engine.parameters.of(node.name).items()
        }
        modules += _modules(node, weights)
    return torch.nn.Sequential(*modules)


def _modules(node: Node, weights: dict[str, torch.Tensor]) -> list[torch.nn.Module]:
    layer, depth = node.layer, node.in_shapes[0].D
    match layer.kind:
        case "CONV":
            padding = (layer.P.top, layer.P.left)
            conv = torch.nn.Conv2d(depth, layer.K, layer.F[::-1], layer.S[::-1], padding)
            conv.weight.data = weights["W"].permute(3, 2, 0, 1).contiguous()
            conv.bias.data = weights["b"]
            return [conv]
        case "FC":
            linear = torch.nn.Linear(*weights["W"].shape)
            linear.weight.data, linear.bias.data = weights["W"].T.contiguous(), weights["b"]
            return [Flatten(), linear]
        case "BATCHNORM":
            return [torch.nn.BatchNorm2d(depth, layer.eps, layer.momentum)]
        case "POOL":
            return [torch.nn.MaxPool2d(layer.F[::-1], layer.S[::-1])]
        case "RELU":
            return [torch.nn.ReLU()]
    raise ValueError(layer.kind)
