"""Layers that weigh what they read: convolutions, and full connections."""

from typing import Any

from cnncli.exchange.onnx_models.operators import Arrays, Operators, Value, writes
from cnncli.exchange.zeros import zeros_around
from cnncli.geometry import Geometry, Padding
from cnncli.graph.network import Node
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.local import Local
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from cnncli.lazy import Array

from .pools import sides


@writes(Conv)
def _conv(ops: Operators, layer: Conv, node: Node, arrays: Arrays, x: Value) -> Value:
    """Filters (F, F, C/G, K) become (K, C/G, F, F)."""
    (volume,) = node.in_shapes
    geometry = window_geometry(layer, volume)
    groups = volume.D // arrays["W"].shape[2]
    return ops.add("Conv", ops.volume(x), *_filters(ops, arrays), **_windows(geometry, groups))


@writes(ConvT)
def _transposed_conv(ops: Operators, layer: ConvT, node: Node, arrays: Arrays, x: Value) -> Value:
    """Of the convolution that it is the transpose of; zeros around x where its P is negative."""
    geometry = layer.plan(node.in_shapes, 1, None)
    S, ring, x = geometry.S, zeros_around(geometry), ops.volume(x)
    groups = layer.K // arrays["W"].shape[2]
    if ring != Padding():
        top, left, bottom, right = sides(ring)
        x = ops.add("Pad", x, ops.integers(0, 0, top, left, 0, 0, bottom, right))
    steps = Padding(S.W, S.W, S.H, S.H)
    P = Padding(*(side + n * step for side, n, step in zip(geometry.P, ring, steps, strict=True)))
    windows = _windows(geometry, groups) | {"pads": sides(P)}
    return ops.add("ConvTranspose", x, *_filters(ops, arrays), **windows)


def _filters(ops: Operators, arrays: Arrays) -> list[str]:
    filters = ops.weight("W", arrays["W"].transpose(3, 2, 0, 1))
    return [filters, *([ops.weight("b", arrays["b"])] if "b" in arrays else [])]


def _windows(geometry: Geometry, groups: int) -> dict[str, Any]:
    return {
        "kernel_shape": list(geometry.F[::-1]),
        "strides": list(geometry.S[::-1]),
        "pads": sides(geometry.P),
        "dilations": list(geometry.dilation[::-1]),
        "group": groups,
    }


@writes(Local)
def _local(ops: Operators, layer: Local, node: Node, arrays: Arrays, x: Value) -> Value:
    """The windows, gathered pixel by pixel, in a product of matrices for each place."""
    geometry = window_geometry(layer, node.in_shapes[0])
    P, F, S, out = geometry.P, geometry.F, geometry.S, geometry.out
    x = ops.volume(x)
    if max(P) > 0:
        x = ops.add("Pad", x, ops.integers(0, 0, *sides(P)[:2], 0, 0, *sides(P)[2:]))
    pixels = [
        ops.cut(
            ops.cut(x, 2, i, i + (out.H - 1) * S.H + 1, S.H), 3, j, j + (out.W - 1) * S.W + 1, S.W
        )
        for i in range(F.H)
        for j in range(F.W)
    ]
    windows = ops.add("Concat", *pixels, axis=1)
    # (N, F*F*C, H2, W2) -> (H2, W2, N, F*F*C), whose matrices are those of a place
    by_place = ops.add("Transpose", windows, perm=[2, 3, 0, 1])
    sums = ops.add("MatMul", by_place, ops.weight("W", arrays["W"]))
    y = ops.add("Transpose", sums, perm=[2, 3, 0, 1])
    return (
        ops.add("Add", y, ops.weight("b", arrays["b"].transpose(2, 0, 1))) if "b" in arrays else y
    )


@writes(Fc)
def _fully_connected(ops: Operators, layer: Fc, node: Node, arrays: Arrays, x: Value) -> Value:
    """Rows of W in the order of (C, H, W) where x is a volume."""
    W: Array = arrays["W"]
    if not x.flat:
        x = ops.add("Flatten", x, flat=True)
        across, down, depth = node.in_shapes[0]
        W = W.reshape(down, across, depth, -1).transpose(2, 0, 1, 3).reshape(W.shape)
    biases = [ops.weight("b", arrays["b"])] if "b" in arrays else []
    return ops.add("Gemm", x, ops.weight("W", W), *biases)
