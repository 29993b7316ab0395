"""Normalisations, and what else scales and shifts channels."""

import numpy as np

from cnncli.exchange.torch.statement import MODULE, Arrays, Statement, Variable, call, writes
from cnncli.graph.network import Node
from cnncli.layers.group_normalization import GroupNorm, InstanceNorm
from cnncli.layers.normalization import BatchNorm, LayerNorm, Lrn
from cnncli.layers.reshape import Scale
from cnncli.lazy import Array


def _affine(arrays: Arrays) -> dict[str, Array]:
    return {"weight": arrays["gamma"]} | ({"bias": arrays["beta"]} if "beta" in arrays else {})


@writes(BatchNorm)
def _batch_norm(layer: BatchNorm, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Without its scale this is 1, and not trained."""
    ones = np.ones_like(arrays["mean"])
    named = _affine({"gamma": ones} | dict(arrays)) | {
        "running_mean": arrays["mean"],
        "running_var": arrays["var"],
        "num_batches_tracked": np.array(0, np.int64),
    }
    kind = "nn.BatchNorm1d" if x.flat else "nn.BatchNorm2d"
    module = call(kind, len(ones), eps=layer.eps, momentum=layer.momentum)
    frozen = () if "gamma" in arrays else ("weight",)
    return Statement(f"{MODULE}({x.name})", x.flat, module, named, frozen)


@writes(LayerNorm)
def _layer_norm(layer: LayerNorm, node: Node, arrays: Arrays, x: Variable) -> Statement:
    depth, eps = node.in_shapes[0].D, layer.eps
    if layer.over == "volume":
        return _by_group(arrays, x, 1, depth, eps)
    module = call("nn.LayerNorm", depth, eps=eps)
    line = f"{MODULE}({x.name})"
    if not x.flat:
        line = f"{MODULE}({x.name}.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)"
    return Statement(line, x.flat, module, _affine(arrays))


@writes(GroupNorm)
def _group_norm(layer: GroupNorm, node: Node, arrays: Arrays, x: Variable) -> Statement:
    return _by_group(arrays, x, layer.groups, node.in_shapes[0].D, layer.eps)


@writes(InstanceNorm)
def _instance_norm(layer: InstanceNorm, node: Node, arrays: Arrays, x: Variable) -> Statement:
    depth = node.in_shapes[0].D
    return _by_group(arrays, x, depth, depth, layer.eps)


def _by_group(arrays: Arrays, x: Variable, groups: int, depth: int, eps: float) -> Statement:
    module = call("nn.GroupNorm", groups, depth, eps=eps)
    return Statement(f"{MODULE}({x.name})", x.flat, module, _affine(arrays))


@writes(Lrn)
def _local_response(layer: Lrn, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """PyTorch's alpha is divided by the number of neighbours."""
    numbers = {"alpha": layer.n * layer.alpha, "beta": layer.beta, "k": layer.k}
    return Statement(call("F.local_response_norm", x.volume, layer.n, **numbers))


@writes(Scale)
def _scale(layer: Scale, node: Node, arrays: Arrays, x: Variable) -> Statement:
    if not layer.trained:
        return Statement(f"{layer.by!r} * {x.name}", x.flat)
    module = call("Scale", node.in_shapes[0].D, "beta" in arrays)
    return Statement(f"{MODULE}({x.name})", x.flat, module, _affine(arrays), helpers=("Scale",))
