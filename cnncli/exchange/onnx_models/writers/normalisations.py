"""Normalisations, and what else scales and shifts channels."""

import numpy as np

from cnncli.exchange.onnx_models.operators import Arrays, Operators, Value, writes
from cnncli.graph.network import Node
from cnncli.layers.group_normalization import GroupNorm, InstanceNorm
from cnncli.layers.normalization import BatchNorm, LayerNorm, Lrn
from cnncli.layers.reshape import Scale


@writes(BatchNorm)
def _batch_norm(ops: Operators, layer: BatchNorm, node: Node, arrays: Arrays, x: Value) -> Value:
    """By the running statistics."""
    ones = {"gamma": np.ones_like(arrays["mean"])}
    inputs = [
        ops.weight(name, (ones | dict(arrays))[name]) for name in ("gamma", "beta", "mean", "var")
    ]
    return ops.add("BatchNormalization", x, *inputs, epsilon=layer.eps)


@writes(LayerNorm)
def _layer_norm(ops: Operators, layer: LayerNorm, node: Node, arrays: Arrays, x: Value) -> Value:
    """Of the depth, with the channels last for the operator; of all of an image as one group."""
    if layer.over == "volume":
        return _by_group(ops, layer.eps, node, arrays, ops.volume(x), 1)
    inputs = [ops.weight(name, arrays[name]) for name in ("gamma", "beta")]
    if not x.flat:
        x = ops.add("Transpose", x, perm=[0, 2, 3, 1])
    y = ops.add("LayerNormalization", x, *inputs, axis=-1, epsilon=layer.eps)
    return y if y.flat else ops.add("Transpose", y, perm=[0, 3, 1, 2])


@writes(GroupNorm)
def _group_norm(ops: Operators, layer: GroupNorm, node: Node, arrays: Arrays, x: Value) -> Value:
    return _by_group(ops, layer.eps, node, arrays, ops.volume(x), layer.groups)


@writes(InstanceNorm)
def _instance_norm(
    ops: Operators, layer: InstanceNorm, node: Node, arrays: Arrays, x: Value
) -> Value:
    inputs = [ops.weight(name, arrays[name]) for name in ("gamma", "beta")]
    return ops.add("InstanceNormalization", ops.volume(x), *inputs, epsilon=layer.eps)


def _by_group(
    ops: Operators, eps: float, node: Node, arrays: Arrays, x: Value, groups: int
) -> Value:
    """Each group as one channel that is normalised, and then each channel scaled and shifted."""
    W, H, depth = node.out_shape
    one = ops.weight("ones", np.ones(groups, np.float32))
    zero = ops.weight("zeros", np.zeros(groups, np.float32))
    lines = ops.reshape(x, 0, groups, -1)
    normal = ops.add("InstanceNormalization", lines, one, zero, epsilon=eps)
    return _scale_and_shift(ops, arrays, ops.reshape(normal, 0, depth, H, W))


@writes(Scale)
def _scale(ops: Operators, layer: Scale, node: Node, arrays: Arrays, x: Value) -> Value:
    if not layer.trained:
        return ops.add("Mul", x, ops.number(layer.by))
    return _scale_and_shift(ops, arrays, x)


def _scale_and_shift(ops: Operators, arrays: Arrays, x: Value) -> Value:
    y = ops.add("Mul", x, ops.by_channel(x, "gamma", arrays["gamma"]))
    if "beta" not in arrays:
        return y
    return ops.add("Add", y, ops.by_channel(y, "beta", arrays["beta"]))


@writes(Lrn)
def _local_response(ops: Operators, layer: Lrn, node: Node, arrays: Arrays, x: Value) -> Value:
    """Of an even n term by term: ONNX has the one more channel behind, and its runtime no such."""
    depth, x = node.out_shape.D, ops.volume(x)
    if layer.n % 2:
        numbers = {"alpha": layer.n * layer.alpha, "beta": layer.beta, "bias": layer.k}
        return ops.add("LRN", x, size=layer.n, **numbers)
    around = ops.integers(0, layer.n // 2, 0, 0, 0, (layer.n - 1) // 2, 0, 0)
    squares = ops.add("Pad", ops.add("Mul", x, x), around)
    neighbours = [ops.cut(squares, 1, first, first + depth) for first in range(layer.n)]
    scaled = ops.add("Mul", ops.add("Sum", *neighbours), ops.number(layer.alpha))
    total = ops.add("Add", scaled, ops.number(layer.k))
    return ops.add("Div", x, ops.add("Pow", total, ops.number(layer.beta)))
