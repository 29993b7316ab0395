"""Layers that compute nothing, or only add and multiply: volumes joined, cut, moved."""

import numpy as np

from cnncli.exchange.onnx_models.operators import Arrays, Operators, Value, writes
from cnncli.geometry import Extent, Padding
from cnncli.graph.network import Node
from cnncli.layers.cut import Crop, Split
from cnncli.layers.merge import Add, Concat, Mul
from cnncli.layers.rearrange import DepthToSpace, Shuffle, SpaceToDepth
from cnncli.layers.reshape import Flatten, Pad, Upsample
from cnncli.lazy import Array

from .pools import sides


@writes(Add, Mul)
def _two_by_two(ops: Operators, layer: Add | Mul, node: Node, arrays: Arrays, *xs: Value) -> Value:
    """A gate (N, C, 1, 1) counts for every place."""
    operator = "Add" if isinstance(layer, Add) else "Mul"
    total, *more = ops.alike(xs)
    for x in more:
        total = ops.add(operator, total, x)
    return total


@writes(Concat)
def _concat(ops: Operators, layer: Concat, node: Node, arrays: Arrays, *xs: Value) -> Value:
    return ops.add("Concat", *ops.alike(xs), axis=1)


@writes(Flatten)
def _flatten(ops: Operators, layer: Flatten, node: Node, arrays: Arrays, x: Value) -> Value:
    """Each place's depth column whole."""
    if x.flat:
        return x
    (volume,) = node.in_shapes
    if volume.D > 1 and volume.W * volume.H > 1:
        x = ops.add("Transpose", x, perm=[0, 2, 3, 1])
    return ops.add("Flatten", x, flat=True)


@writes(Pad)
def _pad(ops: Operators, layer: Pad, node: Node, arrays: Arrays, x: Value) -> Value:
    """Sides of the map in its mode, and channels of zeros around that."""
    x, modes = ops.volume(x), {"zero": "constant"}
    top, left, bottom, right = sides(layer.P)
    if Padding() != layer.P:
        around = ops.integers(0, 0, top, left, 0, 0, bottom, right)
        x = ops.add("Pad", x, around, mode=modes.get(layer.mode, layer.mode))
    if layer.front or layer.back:
        x = ops.add("Pad", x, ops.integers(0, layer.front, 0, 0, 0, layer.back, 0, 0))
    return x


@writes(Split)
def _split(ops: Operators, layer: Split, node: Node, arrays: Arrays, x: Value) -> Value:
    first, last = layer.channels_of(node.in_shapes[0])
    return ops.cut(x, 1, first, last + 1)


@writes(Crop)
def _crop(ops: Operators, layer: Crop, node: Node, arrays: Arrays, x: Value) -> Value:
    P, out = layer.sides(node.in_shapes[0]), node.out_shape
    x = ops.cut(ops.volume(x), 2, P.top, P.top + out.H)
    return ops.cut(x, 3, P.left, P.left + out.W)


@writes(Upsample)
def _upsample(ops: Operators, layer: Upsample, node: Node, arrays: Arrays, x: Value) -> Value:
    factors = ops.weight("factors", _factors(layer.S))
    way = (
        {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        if layer.mode == "nearest"
        else {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    )
    return ops.add("Resize", ops.volume(x), "", factors, **way)


@writes(Shuffle)
def _shuffle(ops: Operators, layer: Shuffle, node: Node, arrays: Arrays, x: Value) -> Value:
    W, H, depth = node.out_shape
    groups = layer.groups
    apart = ops.reshape(ops.volume(x), 0, groups, depth // groups, H, W)
    return ops.reshape(ops.add("Transpose", apart, perm=[0, 2, 1, 3, 4]), 0, depth, H, W)


@writes(DepthToSpace)
def _depth_to_space(
    ops: Operators, layer: DepthToSpace, node: Node, arrays: Arrays, x: Value
) -> Value:
    """By hand where a block is no square."""
    W, H, depth = node.out_shape
    S, x = layer.S, ops.volume(x)
    by_place = layer.order == "places"
    if S.W == S.H:
        return ops.add("DepthToSpace", x, blocksize=S.W, mode="DCR" if by_place else "CRD")
    within = (S.H, S.W, depth) if by_place else (depth, S.H, S.W)
    blocks = ops.reshape(x, 0, *within, H // S.H, W // S.W)
    perm = [0, 3, 4, 1, 5, 2] if by_place else [0, 1, 4, 2, 5, 3]
    return ops.reshape(ops.add("Transpose", blocks, perm=perm), 0, depth, H, W)


@writes(SpaceToDepth)
def _space_to_depth(
    ops: Operators, layer: SpaceToDepth, node: Node, arrays: Arrays, x: Value
) -> Value:
    """By hand where a block is no square, or its places lie together in the depth."""
    W, H, depth = node.out_shape
    S, x = layer.S, ops.volume(x)
    by_place = layer.order == "places"
    if S.W == S.H and by_place:
        return ops.add("SpaceToDepth", x, blocksize=S.W)
    blocks = ops.reshape(x, 0, depth // (S.W * S.H), H, S.H, W, S.W)
    perm = [0, 3, 5, 1, 2, 4] if by_place else [0, 1, 3, 5, 2, 4]
    return ops.reshape(ops.add("Transpose", blocks, perm=perm), 0, depth, H, W)


def _factors(S: Extent) -> Array:
    return np.array([1, 1, S.H, S.W], np.float32)
