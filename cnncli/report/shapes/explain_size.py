"""How a layer's output gets its size: the size rule, in each axis, or how volumes are joined."""

from collections.abc import Iterator

from cnncli.graph.network import Node
from cnncli.layers.fields import Volume
from cnncli.layers.windows import Axis, Windowed, axes_of, is_windowed
from cnncli.text import count

Paragraphs = Iterator[tuple[str, list[str]]]


def sizes(node: Node) -> Paragraphs:
    """The paragraphs about the size."""
    layer, shapes, out = node.layer, node.in_shapes, node.out_shape
    if is_windowed(layer):
        yield from _window(layer, shapes[0], out)
    elif layer.JOINS:
        yield "joined", [_joined(shapes, out)]
    numbers = "neurons" if node.cost.connections else "numbers"
    yield "output", [f"{out} = {out.W}*{out.H}*{out.D} = {out.size:,} {numbers}"]


def _window(layer: Windowed, volume: Volume, out: Volume) -> Paragraphs:
    if layer.F == "global":
        yield "size", [f"one window over the whole {volume.W}x{volume.H} map: 1 across and down"]
        return
    axes = axes_of(layer, volume)
    if max(layer.dilation) > 1:
        lines = [
            f"(F - 1)*dilation + 1 = ({F} - 1)*{dilation} + 1 = {axis.F}"
            for axis, F, dilation in zip(axes, layer.F, layer.dilation, strict=True)
        ]
        yield "a window covers", _by_axis(*lines)
    across, down = (
        f"(W - F + 2P)/S + 1 = {_places(axis, count, layer)}"
        for axis, count in zip(axes, (out.W, out.H), strict=True)
    )
    yield "size", _by_axis(across, down.replace("W", "H", 1))


def _by_axis(across: str, down: str) -> list[str]:
    """One line where both axes give the same numbers."""
    if across.split("=")[1:] == down.split("=")[1:]:
        return [f"{across} across and down"]
    return [f"across: {across}", f"down: {down}"]


def _places(axis: Axis, count: int, layer: Windowed) -> str:
    if axis.places == count:
        return axis.arithmetic
    return f"{axis.arithmetic}, of which fit: {layer.fit} makes {count}"


def _joined(shapes: tuple[Volume, ...], out: Volume) -> str:
    if all(shape == out for shape in shapes):
        return f"{count(len(shapes), 'volume')} of {out}, number by number"
    if sum(shape.D for shape in shapes) == out.D:
        return f"along the depth: {' + '.join(str(shape.D) for shape in shapes)} = {out.D}"
    return f"{count(len(shapes), 'volume')} into one"
