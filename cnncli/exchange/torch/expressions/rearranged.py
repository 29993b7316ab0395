"""Layers that compute nothing, or only add and multiply: volumes joined, cut, moved."""

from collections.abc import Sequence

from cnncli.exchange.torch.statement import Arrays, Statement, Variable, call, writes
from cnncli.geometry import Padding
from cnncli.graph.network import Node
from cnncli.layers.cut import Crop, Split
from cnncli.layers.merge import Add, Concat, Mul
from cnncli.layers.rearrange import DepthToSpace, Shuffle, SpaceToDepth
from cnncli.layers.reshape import Flatten, Pad, Upsample

from .regions import padded


def _alike(xs: Sequence[Variable]) -> tuple[list[str], bool]:
    """Their names if they are all flat, else as volumes."""
    flat = all(x.flat for x in xs)
    return [x.name if flat else x.volume for x in xs], flat


@writes(Add, Mul)
def _two_by_two(layer: Add | Mul, node: Node, arrays: Arrays, *xs: Variable) -> Statement:
    names, flat = _alike(xs)
    return Statement((" + " if isinstance(layer, Add) else " * ").join(names), flat)


@writes(Concat)
def _concat(layer: Concat, node: Node, arrays: Arrays, *xs: Variable) -> Statement:
    names, flat = _alike(xs)
    return Statement(call("torch.cat", f"({', '.join(names)})", 1), flat)


@writes(Flatten)
def _flatten(layer: Flatten, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Each place's depth column whole."""
    if x.flat:
        return Statement(x.name, True)
    return Statement(f"{x.name}.permute(0, 2, 3, 1).flatten(1)", True)


@writes(Pad)
def _pad(layer: Pad, node: Node, arrays: Arrays, x: Variable) -> Statement:
    """Sides of the map in its mode, and channels of zeros around that."""
    line = x.volume
    if Padding() != layer.P and layer.mode == "zero":
        line = padded(line, layer.P)
    elif Padding() != layer.P:
        mode = {"reflect": "reflect", "edge": "replicate"}[layer.mode]
        line = call("F.pad", line, tuple(layer.P), mode=repr(mode))
    if layer.front or layer.back:
        line = call("F.pad", line, (0, 0, 0, 0, layer.front, layer.back))
    return Statement(line)


@writes(Split)
def _split(layer: Split, node: Node, arrays: Arrays, x: Variable) -> Statement:
    first, last = layer.channels_of(node.in_shapes[0])
    return Statement(f"{x.name}[:, {first}:{last + 1}]", x.flat)


@writes(Crop)
def _crop(layer: Crop, node: Node, arrays: Arrays, x: Variable) -> Statement:
    P, out = layer.sides(node.in_shapes[0]), node.out_shape
    rows, columns = f"{P.top}:{P.top + out.H}", f"{P.left}:{P.left + out.W}"
    return Statement(f"{x.volume}[:, :, {rows}, {columns}]")


@writes(Upsample)
def _upsample(layer: Upsample, node: Node, arrays: Arrays, x: Variable) -> Statement:
    S, mode = layer.S, layer.mode
    corners = None if mode == "nearest" else False
    options = {"mode": repr(mode), "align_corners": corners}
    factor = S.H if S.H == S.W else (S.H, S.W)
    return Statement(call("F.interpolate", x.volume, scale_factor=factor, **options))


@writes(Shuffle)
def _shuffle(layer: Shuffle, node: Node, arrays: Arrays, x: Variable) -> Statement:
    return Statement(call("F.channel_shuffle", x.volume, layer.groups))


@writes(DepthToSpace, SpaceToDepth)
def _blocks(
    layer: DepthToSpace | SpaceToDepth, node: Node, arrays: Arrays, x: Variable
) -> Statement:
    S, by_place = layer.S, layer.order == "places"
    name = "depth_to_space" if isinstance(layer, DepthToSpace) else "space_to_depth"
    return Statement(call(name, x.volume, S.H, S.W, by_place), helpers=(name,))
