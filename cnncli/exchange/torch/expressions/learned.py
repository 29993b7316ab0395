"""Layers that weigh what they read: convolutions, and full connections."""

from typing import Any

from cnncli.exchange.torch.statement import MODULE, Arrays, Statement, Variable, call, pair, writes
from cnncli.exchange.zeros import zeros_around
from cnncli.geometry import Extent, Geometry, Padding
from cnncli.graph.network import Node
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.local import Local
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from cnncli.lazy import Array

from .regions import padded, sides


@writes(Conv)
def _conv(layer: Conv, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Filters (F, F, C/G, K) become (K, C/G, F, F); sides of several sizes are padded first."""
    geometry = window_geometry(layer, node.in_shapes[0])
    P = sides(geometry.P, geometry)
    is_even = P.left == P.right and P.top == P.bottom
    depth = node.in_shapes[0].D
    options = _options(depth // arrays["W"].shape[2], arrays, geometry)
    if is_even:
        options["padding"] = pair(P.top, P.left, 0)
    module = call("nn.Conv2d", depth, layer.K, pair(*geometry.F[::-1]), **options)
    source = x.volume if is_even else padded(x.volume, P)
    return Statement(f"{MODULE}({source})", module=module, arrays=_filters(arrays))


@writes(ConvT)
def _transposed_conv(layer: ConvT, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Sides that PyTorch does not take are cut off, after zeros around x where there are none."""
    geometry: Geometry = layer.plan(node.in_shapes, 1, None)
    P, S, out = geometry.P, geometry.S, node.out_shape
    more = Extent(P.left - P.right, P.top - P.bottom)
    most = (max(pair) for pair in zip(S, geometry.dilation, strict=True))
    options = _options(layer.K // arrays["W"].shape[2], arrays, geometry)
    line, cut = x.volume, ""
    if min(P.left, P.top, *more) >= 0 and all(m < n for m, n in zip(more, most, strict=True)):
        options["padding"] = pair(P.top, P.left, 0)
        options["output_padding"] = pair(more.H, more.W, 0)
    else:
        ring = zeros_around(geometry)
        line = padded(line, ring) if ring != Padding() else line
        top, left = ring.top * S.H + P.top, ring.left * S.W + P.left
        cut = f"[:, :, {top}:{top + out.H}, {left}:{left + out.W}]"
    depth = node.in_shapes[0].D
    module = call("nn.ConvTranspose2d", depth, layer.K, pair(*geometry.F[::-1]), **options)
    return Statement(f"{MODULE}({line}){cut}", module=module, arrays=_filters(arrays))


def _options(groups: int, arrays: Arrays, geometry: Geometry) -> dict[str, Any]:
    """In their order in PyTorch."""
    return {
        "stride": pair(*geometry.S[::-1], usual=1),
        "padding": None,
        "output_padding": None,
        "dilation": pair(*geometry.dilation[::-1], usual=1),
        "groups": groups if groups > 1 else None,
        "bias": None if "b" in arrays else False,
    }


def _filters(arrays: Arrays) -> dict[str, Array]:
    return _named(arrays, arrays["W"].transpose(3, 2, 0, 1))


def _named(arrays: Arrays, weight: Array) -> dict[str, Array]:
    return {"weight": weight} | ({"bias": arrays["b"]} if "b" in arrays else {})


@writes(Local)
def _local(layer: Local, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Rows of the weights in the order of PyTorch's windows, (C, F, F)."""
    geometry = window_geometry(layer, node.in_shapes[0])
    F, S, out = geometry.F[::-1], geometry.S[::-1], geometry.out
    W, K, depth = arrays["W"], layer.K, node.in_shapes[0].D
    by_channel = W.reshape(out.H * out.W, *F, depth, K).transpose(0, 3, 1, 2, 4)
    named: dict[str, Array] = {"weight": by_channel.reshape(out.H * out.W, -1, K)}
    if "b" in arrays:
        named["bias"] = arrays["b"].reshape(-1, K).T
    module = call("Local", (out.H, out.W), W.shape[2], K, F, S, "b" in arrays)
    P = Padding(*(max(side, 0) for side in geometry.P))
    source = padded(x.volume, P) if Padding() != P else x.volume
    return Statement(f"{MODULE}({source})", module=module, arrays=named, helpers=("Local",))


@writes(Fc)
def _fully_connected(layer: Fc, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Rows of W in the order of (C, H, W) where x is a volume."""
    (across, down, depth), W = node.in_shapes[0], arrays["W"]
    source = x.name
    if not x.flat:
        source = f"{x.name}.flatten(1)"
        W = W.reshape(down, across, depth, -1).transpose(2, 0, 1, 3).reshape(W.shape)
    module = call("nn.Linear", *W.shape, bias=None if "b" in arrays else False)
    return Statement(f"{MODULE}({source})", True, module, _named(arrays, W.T))
