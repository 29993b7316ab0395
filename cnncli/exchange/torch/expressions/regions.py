"""One number for each window of each channel, and maps that are padded for them."""

from cnncli.exchange.torch.statement import Arrays, Statement, Variable, call, pair, writes
from cnncli.geometry import Geometry, Padding
from cnncli.graph.network import Node
from cnncli.layers.adaptive_pool import AdaptivePool
from cnncli.layers.pool import Pool
from cnncli.layers.windows import window_geometry


def sides(P: Padding, geometry: Geometry) -> Padding:
    """What is padded; where it is negative the last pixels are left over in any case.

    The last side is as wide as the first where no window reaches what that adds.
    """
    left, right, top, bottom = P
    across = left if right < left < right + geometry.S.W else max(right, 0)
    down = top if bottom < top < bottom + geometry.S.H else max(bottom, 0)
    return Padding(left, across, top, down)


def padded(x: str, P: Padding, value: str | None = None) -> str:
    """The map with pixels around it, zeros if not said otherwise."""
    return call("F.pad", x, tuple(P), value=value)


@writes(Pool)
def _pool(layer: Pool, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Sides that are equal, and at most half of a window, PyTorch pads by itself."""
    geometry = window_geometry(layer, node.in_shapes[0])
    F, S, P = pair(*geometry.F[::-1]), pair(*geometry.S[::-1]), sides(geometry.P, geometry)
    is_whole = geometry.size == geometry.F and Padding() == P
    is_even = P.left == P.right and P.top == P.bottom
    is_even = is_even and 2 * P.left <= geometry.F.W and 2 * P.top <= geometry.F.H
    padding = pair(P.top, P.left, 0)
    if layer.mode == "L2":
        return Statement(call("l2_pool", x.volume, F, S, tuple(P)), helpers=("l2_pool",))
    if layer.mode == "max":
        if is_whole:
            return Statement(call("F.adaptive_max_pool2d", x.volume, 1))
        if is_even:
            return Statement(call("F.max_pool2d", x.volume, F, S, padding=padding))
        source = padded(x.volume, P, 'float("-inf")')
        return Statement(call("F.max_pool2d", source, F, S))
    if is_whole:
        return Statement(call("F.adaptive_avg_pool2d", x.volume, 1))
    border = Padding(*(max(side, 0) for side in layer.border(geometry)))
    if is_even and (border == Padding() or border == P == geometry.P):
        counts = False if padding and border == Padding() else None
        options = {"padding": padding, "count_include_pad": counts}
        return Statement(call("F.avg_pool2d", x.volume, F, S, **options))
    average = call("average_pool", x.volume, F, S, tuple(P), tuple(border))
    return Statement(average, helpers=("average_pool",))


@writes(AdaptivePool)
def _adaptive_pool(layer: AdaptivePool, node: Node, arrays: Arrays, x: Variable) -> Statement:
    mode, places = layer.mode, pair(node.out_shape.H, node.out_shape.W)
    if mode == "L2":
        found = call("l2_adaptive_pool", x.volume, (node.out_shape.H, node.out_shape.W))
        return Statement(found, helpers=("l2_adaptive_pool",))
    function = {"max": "F.adaptive_max_pool2d", "average": "F.adaptive_avg_pool2d"}[mode]
    return Statement(call(function, x.volume, places))
