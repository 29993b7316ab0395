"""One number for each window of each channel."""

from cnncli.exchange.onnx_models.operators import Arrays, Operators, Value, writes
from cnncli.geometry import Extent, Geometry, Padding
from cnncli.graph.network import Node
from cnncli.layers.adaptive_pool import AdaptivePool
from cnncli.layers.pool import Pool
from cnncli.layers.windows import window_geometry

_OPERATORS = {"max": "MaxPool", "average": "AveragePool", "L2": "LpPool"}


def sides(P: Padding) -> list[int]:
    """Pads as ONNX has them: top, left, bottom, right.

    Where they are negative the last pixels are left over, which no window reaches in any case.
    """
    return [max(side, 0) for side in (P.top, P.left, P.bottom, P.right)]


@writes(Pool)
def _pool(ops: Operators, layer: Pool, node: Node, arrays: Arrays, x: Value) -> Value:
    """Zeros that an average counts are a layer of their own where it does not count all."""
    geometry = window_geometry(layer, node.in_shapes[0])
    x, P, counts = ops.volume(x), geometry.P, {}
    if layer.mode == "average":
        border = layer.border(geometry)
        counts = {"count_include_pad": int(border == P != Padding())}
        if border != P and max(border) > 0:
            top, left, bottom, right = sides(border)
            x = ops.add("Pad", x, ops.integers(0, 0, top, left, 0, 0, bottom, right))
            P = Padding(*(all_of - of_zeros for all_of, of_zeros in zip(P, border, strict=True)))
    return _windows(ops, layer.mode, x, geometry, P, **counts)


def _windows(
    ops: Operators, mode: str, x: Value, geometry: Geometry, P: Padding, **counts: int
) -> Value:
    if geometry.size == geometry.F and Padding() == P:
        return ops.add(f"Global{_OPERATORS[mode]}", x)
    F, S = list(geometry.F[::-1]), list(geometry.S[::-1])
    return ops.add(_OPERATORS[mode], x, kernel_shape=F, strides=S, pads=sides(P), **counts)


@writes(AdaptivePool)
def _adaptive_pool(
    ops: Operators, layer: AdaptivePool, node: Node, arrays: Arrays, x: Value
) -> Value:
    """Equal windows, or else each row of places and each column by itself."""
    (volume,), out = node.in_shapes, node.out_shape
    size, places = Extent(volume.W, volume.H), Extent(out.W, out.H)
    x, mode = ops.volume(x), layer.mode
    if not size.W % places.W and not size.H % places.H:
        F = Extent(size.W // places.W, size.H // places.H)
        return _windows(ops, mode, x, Geometry(size, F, F, Padding(), places), Padding())
    if mode == "L2":
        x = ops.add("Mul", x, x)
    reduced = {"max": "ReduceMax", "average": "ReduceMean", "L2": "ReduceSum"}[mode]
    for axis, whole, count in ((2, size.H, places.H), (3, size.W, places.W)):
        x = _along(ops, x, axis, whole, count, reduced)
    return ops.add("Sqrt", x) if mode == "L2" else x


def _along(ops: Operators, x: Value, axis: int, size: int, places: int, reduced: str) -> Value:
    """Place i from floor(i*size/places) up to before ceil((i + 1)*size/places)."""
    ends = ((i * size // places, -(-(i + 1) * size // places)) for i in range(places))
    parts = [ops.cut(x, axis, first, end) for first, end in ends]
    found = [ops.add(reduced, part, ops.integers(axis)) for part in parts]
    return ops.add("Concat", *found, axis=axis)
