"""A network by PyTorch's functions, layer by layer: what the case studies are compared with."""

from types import ModuleType
from typing import Any

from cnncli.graph.network import Graph, Node


def twin(
    torch: ModuleType, graph: Graph, arrays: dict[str, Any], images: Any, training: bool
) -> Any:
    """The class scores (n, numbers) of images (n, H, W, D).

    `arrays` are the parameters by their full names, and in evaluation the running averages.
    """
    outputs = {}
    for node in graph.nodes:
        own = {key.removeprefix(f"{node.name}."): key for key in arrays}
        own = {short: arrays[key] for short, key in own.items() if short != key}
        xs = [outputs[source] for source in node.inputs] or [images.permute(0, 3, 1, 2)]
        outputs[node.name] = in_pytorch(torch, node, own, xs, training)
    return outputs[graph.scores].permute(0, 2, 3, 1).flatten(1)


def in_pytorch(
    torch: ModuleType, node: Node, p: dict[str, Any], xs: list[Any], training: bool
) -> Any:
    """One layer of an (N, C, H, W) network; `p` are its arrays."""
    F, layer, x = torch.nn.functional, node.layer, xs[0]
    match layer.kind:
        case "CONV":
            groups = x.shape[1] if layer.groups == "depthwise" else layer.groups
            W, P = p["W"].permute(3, 2, 0, 1), layer.P
            if P == "same":
                x, P = F.pad(x, _same(x, layer)), _NONE
            return F.conv2d(x, W, p.get("b"), _across(layer.S), (P[2], P[0]), groups=groups)
        case "CONVT":
            W = p["W"].permute(3, 2, 0, 1)
            return F.conv_transpose2d(x, W, p.get("b"), _across(layer.S), layer.P.left)
        case "FC":
            return F.linear(x.permute(0, 2, 3, 1).flatten(1), p["W"].T, p.get("b"))[..., None, None]
        case "BATCHNORM":
            running = (None, None) if training else (p["mean"], p["var"])
            return F.batch_norm(x, *running, p["gamma"], p["beta"], training, eps=layer.eps)
        case "LAYERNORM":
            last = F.layer_norm(
                x.permute(0, 2, 3, 1), x.shape[1:2], p["gamma"], p["beta"], layer.eps
            )
            return last.permute(0, 3, 1, 2)
        case "LRN":
            return F.local_response_norm(x, layer.n, layer.alpha * layer.n, layer.beta, layer.k)
        case "POOL" if layer.F == "global":
            return x.mean((2, 3), keepdim=True)
        case "POOL":
            return _pool(F, layer, x)
        case "PAD":
            return F.pad(x, (0, 0, 0, 0, layer.front, layer.back))
        case "SCALE":
            return x * p["gamma"][:, None, None]
        case "SPLIT":
            return x.chunk(layer.part.of, 1)[layer.part.part - 1]
        case "SHUFFLE":
            return F.channel_shuffle(x, layer.groups)
        case "ADD":
            return sum(xs)
        case "MUL":
            return xs[0] * xs[1]
        case "CONCAT":
            return torch.cat(xs, 1)
        case "HARDSIGMOID":
            return hard_sigmoid(torch, x)
        case "LEAKYRELU":
            return F.leaky_relu(x, layer.slope)
        case "INPUT" | "DROPOUT" | "DROPPATH":
            return x
        case kind if kind in _FUNCTIONS:
            return getattr(F, _FUNCTIONS[kind])(x)
    raise AssertionError(f"no counterpart of {layer.kind}")


def hard_sigmoid(torch: ModuleType, x: Any, inplace: bool = False) -> Any:
    """By its definition: the gradient of PyTorch's own has 1/6 in float32."""
    return torch.nn.functional.relu6(x + 3) / 6


_FUNCTIONS = {kind.replace("_", "").upper(): kind for kind in (
    "relu", "relu6", "tanh", "sigmoid", "silu", "gelu", "hardswish",
)}  # fmt: skip
"""PyTorch's functions by our kinds."""
_NONE = (0, 0, 0, 0)


def _across(extent: Any) -> tuple[int, int]:
    """Height first."""
    return extent.H, extent.W


def _same(x: Any, layer: Any) -> list[int]:
    """TensorFlow's padding to size/S places, the odd pixel at the end; the last axis first."""
    sides = []
    for size, F, S in zip((x.shape[3], x.shape[2]), layer.F, layer.S, strict=True):
        whole = max((-(-size // S) - 1) * S + F - size, 0)
        sides += [whole // 2, whole - whole // 2]
    return sides


def _pool(F: Any, layer: Any, x: Any) -> Any:
    window, P = (_across(layer.F), _across(layer.S)), layer.P
    if P == "same":
        assert layer.mode == "max"
        x, P = F.pad(x, _same(x, layer), value=-float("inf")), _NONE
    options = {"padding": (P[2], P[0]), "ceil_mode": layer.fit == "pad"}
    if layer.mode == "average":
        return F.avg_pool2d(x, *window, **options, count_include_pad=layer.count_border)
    return F.max_pool2d(x, *window, **options)
