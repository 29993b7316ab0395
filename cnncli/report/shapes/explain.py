"""What a layer does to its volume, with every formula and its numbers, as the notes explain it."""

from cnncli.config.specification import LayerSpec, Specification
from cnncli.errors import UsageError
from cnncli.geometry import Volume
from cnncli.graph.network import Graph, Node
from cnncli.layers.group_normalization import InstanceNorm
from cnncli.layers.normalization import BatchNorm
from cnncli.layers.windows import Axis, Windowed, axes_of
from cnncli.report.hyperparameters import as_text
from cnncli.schema.describe import docstring
from cnncli.text import closest, count, in_shell, printable

from .explain_cost import Paragraphs, costs
from .explain_receptive_field import sights
from .layer_numbers import Measured, measure


def explain(spec: Specification, graph: Graph, name: str) -> str:
    """Size, neurons, parameters, matrices and receptive field of one layer.

    Raises UsageError where no layer has that name.
    """
    written = next((layer for layer in spec.layers if layer.name == name), None)
    if written is None:
        found = closest(name, [layer.name for layer in spec.layers])
        hint = (
            f"did you mean {found}?" if found else f"`cnn shapes {in_shell(spec.file)}` lists them"
        )
        raise UsageError(f"{printable(spec.file)}: there is no layer {name!r}; {hint}")
    return explanation(graph, written, measure(graph).get(name))


def explanation(graph: Graph, written: LayerSpec, measured: Measured | None) -> str:
    """The same of a layer whose numbers are known already; None: a problem hides them."""
    name = written.name
    if measured is None:
        return f"{name}: {written.kind}\nA problem at this layer, or further up, hides its shape."
    node = measured.node
    title = f"{name}: {written.kind} {as_text(node.layer)}".rstrip()
    what = docstring(type(node.layer)).split("\n")[0]
    sources = [graph.by_name[source] for source in node.inputs]
    read = [f"{name}, {shape}" for name, shape in zip(node.inputs, node.in_shapes, strict=False)]
    paragraphs = [*sizes(node), *costs(measured), *_bias(graph, node), *sights(node, sources)]
    return _lay_out([title, what], [("reads", read), *paragraphs] if read else paragraphs)


def _lay_out(head: list[str], paragraphs: list[tuple[str, list[str]]]) -> str:
    width = max(len(label) for label, _ in paragraphs)
    lines = [*head, ""]
    for label, texts in paragraphs:
        for i, text in enumerate(texts):
            lines.append(f"{'' if i else label:{width}}  {text}")
    return "\n".join(lines)


def sizes(node: Node) -> Paragraphs:
    """The paragraphs about the size."""
    layer, shapes, out = node.layer, node.in_shapes, node.out_shape
    if isinstance(layer, Windowed):
        yield from _window(layer, shapes[0], out)
    elif layer.is_join:
        yield "joined", [_join_text(shapes, out)]
    numbers = "neurons" if node.cost.connections else "numbers"
    yield "output", [f"{out} = {out.W}*{out.H}*{out.D} = {out.size:,} {numbers}"]


def _bias(graph: Graph, node: Node) -> Paragraphs:
    """That a bias does nothing, where all that reads it subtracts the mean of each channel."""
    readers = [each.layer for each in graph.nodes if node.name in each.inputs]
    bias = node.params.get("b")
    if not bias or bias.shape != (node.out_shape.D,) or not readers:
        return
    if all(isinstance(reader, BatchNorm | InstanceNorm) for reader in readers):
        kind, unused = readers[0].kind, count(node.out_shape.D, "parameter")
        yield (
            "bias",
            [f"{kind} subtracts it with the mean: bias: false does the same, {unused} less"],
        )


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
    if across.split("=")[1:] == down.split("=")[1:]:
        return [f"{across} across and down"]
    return [f"across: {across}", f"down: {down}"]


def _places(axis: Axis, count: int, layer: Windowed) -> str:
    if axis.places == count:
        return axis.arithmetic
    return f"{axis.arithmetic}, of which fit: {layer.fit} makes {count}"


def _join_text(shapes: tuple[Volume, ...], out: Volume) -> str:
    if all(shape == out for shape in shapes):
        return f"{count(len(shapes), 'volume')} of {out}, number by number"
    if sum(shape.D for shape in shapes) == out.D:
        return f"along the depth: {' + '.join(str(shape.D) for shape in shapes)} = {out.D}"
    return f"{count(len(shapes), 'volume')} into one"
