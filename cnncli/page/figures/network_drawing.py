"""A network as volumes in a row, from the image to the scores, with its side ways."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from cnncli.graph.network import Graph, Node
from cnncli.layers.windows import Windowed
from cnncli.page.elements import drawing, element, shortened
from cnncli.report.drawing.boxes import Box
from cnncli.report.drawing.excerpt import Fold, Part
from cnncli.text import count

from .flow import Flow, Stop, flow
from .volumes import STEP, Solid

_WIDTH = 1_060.0
_SLABS = 6
"""Behind one volume; a longer chain goes on as a volume of its own."""
_LETTERS = 14
"""Of a name under a volume."""
_LETTER = 6.2
"""Width of one, about."""
_LINE = 12.0
_HEAD = 22.0
"""Above a row, for the names of blocks."""
_FOLD = 70.0, 40.0
SCALE = (
    "The front of a box is W x H, its depth is D. "
    f"A side of n is drawn {STEP} * log2(1 + n) units long: with every doubling it grows by the "
    "same step. A thin slab behind a box is a layer that keeps its volume."
)


@dataclass
class _Group:
    """What stands in one place: a volume with the layers behind it that keep it, or a fold."""

    part: Part
    node: Node
    inputs: tuple[int, ...]
    slabs: list[Box] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        if isinstance(self.part, Fold):
            what = self.part.reason.split(" like")[0]
            return [what, str(self.node.out_shape), count(len(self.part.boxes), "layer")]
        name = self.part.name.rpartition(".")[2]
        slabs = [shortened(f"+ {box.kind.lower()}", _LETTERS) for box in self.slabs]
        return [shortened(name, _LETTERS), str(self.node.out_shape), *slabs]

    @property
    def solid(self) -> Solid:
        return Solid(self.node.out_shape, len(self.slabs))

    @property
    def stop(self) -> Stop:
        labels = self.labels
        width = _LETTER * max(map(len, labels))
        below = _LINE * len(labels) + 4
        if isinstance(self.part, Fold):
            across, high = _FOLD
            width = max(width, across)
            return Stop(self.inputs, width, high / 2, high / 2 + below, (across, 0.0))
        solid = self.solid
        width, down = max(width, solid.width), solid.down + below
        return Stop(self.inputs, width, solid.up, down, solid.end)


class NetworkDrawing(NamedTuple):
    """The drawing, and what of it says how many lines are not in it."""

    svg: Element
    lines_left_out: int


def draw_network(name: str, graph: Graph, parts: Sequence[Part]) -> NetworkDrawing:
    """Each layer is a `g` of class `layer`, whose `data-layer` counts the boxes among the parts."""
    groups = _groups(graph, parts)
    found = flow([group.stop for group in groups], _WIDTH, _HEAD)
    numbers = {
        part.name: i for i, part in enumerate(part for part in parts if isinstance(part, Box))
    }
    content = [element("path", class_="link", d=path) for path in found.lines]
    content += _block_names(groups, found)
    for group, place in zip(groups, found.places, strict=True):
        content += _draw_group(group, (place.x, place.y), numbers, graph)
    legend = _legend(groups, graph, found.height + 14)
    layers = count(len(graph.nodes), "layer")
    title = f"The network {name}: {layers}, from {graph.image} to {count(graph.classes, 'score')}"
    svg = drawing(max(found.width, 460), found.height + 30, title, *content, *legend)
    return NetworkDrawing(svg, found.left_out)


def _groups(graph: Graph, parts: Sequence[Part]) -> list[_Group]:
    readers = Counter(source for node in graph.nodes for source in node.inputs)
    groups: list[_Group] = []
    group_of: dict[str, int] = {}
    for part in parts:
        boxes = part.boxes if isinstance(part, Fold) else (part,)
        node = graph.by_name[boxes[-1].name]
        sources = dict.fromkeys(
            group_of[source] for box in boxes for source in box.inputs if source in group_of
        )
        if isinstance(part, Box) and (behind := _behind(node, groups, group_of, readers)):
            behind.slabs.append(part)
            group_of[part.name] = group_of[node.inputs[0]]
            continue
        for box in boxes:
            group_of[box.name] = len(groups)
        groups.append(_Group(part, node, tuple(sources)))
    return groups


def _behind(
    node: Node, groups: Sequence[_Group], group_of: dict[str, int], readers: Counter[str]
) -> _Group | None:
    """The group whose slab the layer is: it changes what only it reads, in place."""
    if not keeps_volume(node) or readers[node.inputs[0]] > 1 or node.inputs[0] not in group_of:
        return None
    group = groups[group_of[node.inputs[0]]]
    fits = isinstance(group.part, Box) and len(group.slabs) < _SLABS and group.part.inputs
    return group if fits else None


def keeps_volume(node: Node) -> bool:
    """Whether a layer changes numbers where they are, without weighing others."""
    return (
        node.in_shapes == (node.out_shape,)
        and not node.cost.connections
        and all(reads.is_in_place for reads in node.layer.reads(node.in_shapes))
    )


def _draw_group(
    group: _Group, place: tuple[float, float], numbers: dict[str, int], graph: Graph
) -> list[Element]:
    x, y = place
    if isinstance(group.part, Fold):
        across, high = _FOLD
        mark = element("rect", class_="fold", x=x, y=y - high / 2, width=across, height=high, rx=6)
        dots = element("text", "• • •", x=x + across / 2, y=y + 4, class_="middle")
        return [mark, dots, *_texts(group.labels, x, y + high / 2)]
    boxes = [group.part, *group.slabs]
    colours = [colour(graph.by_name[box.name]) for box in boxes]
    pieces = group.solid.draw(x, y, colours)
    drawn = [
        element("g", *piece, class_="layer", data_layer=numbers[box.name])
        for box, piece in zip(boxes, pieces, strict=True)
    ]
    return [*drawn, *_texts(group.labels, x, y + group.solid.down)]


def _texts(labels: Sequence[str], x: float, y: float) -> list[Element]:
    return [
        element("text", label, x=x, y=y + _LINE * (i + 1), font_size=10,
                class_=None if i < 2 else "faint")
        for i, label in enumerate(labels)
    ]  # fmt: skip


def _block_names(groups: Sequence[_Group], found: Flow) -> list[Element]:
    """A line above the places of each block, with its name; blocks side by side share it."""
    spans: dict[tuple[str, int], tuple[float, float]] = {}
    for group, place in zip(groups, found.places, strict=True):
        block = group.part.name.rpartition(".")[0] if isinstance(group.part, Box) else ""
        if block:
            left, right = spans.get((block, place.row), (place.x, 0.0))
            end = max(right, place.x + group.stop.width)
            spans[block, place.row] = min(left, place.x), end
    drawn = []
    ends: dict[int, float] = {}
    for (block, row), (left, right) in sorted(spans.items(), key=lambda item: item[1]):
        if left < ends.get(row, 0.0):
            continue
        ends[row] = right
        top = found.tops[row]
        letters = max(int((right - left) / 5.6), 4)
        name = shortened(block, letters)
        drawn.append(element("text", name, x=left, y=top + 10, font_size=10, class_="faint"))
        drawn.append(element("path", d=f"M{left:.0f} {top + 14:.0f}H{right:.0f}", class_="grid"))
    return drawn


def colour(node: Node) -> str:
    """What a layer is drawn in, of the colours of figure.css."""
    layer = node.layer
    if node.cost.connections:
        return "blue" if isinstance(layer, Windowed) else "green"
    if isinstance(layer, Windowed):
        return "orange"
    if layer.is_join:
        return "purple"
    return "red" if layer.is_activation else "faint"


def _legend(groups: Sequence[_Group], graph: Graph, y: float) -> list[Element]:
    """Which kinds have which colour."""
    kinds: dict[str, dict[str, None]] = {}
    for group in groups:
        if isinstance(group.part, Box):
            for box in (group.part, *group.slabs):
                kinds.setdefault(colour(graph.by_name[box.name]), {})[box.kind] = None
    drawn, x = [], 0.0
    for shade, names in kinds.items():
        words = shortened(" ".join(names), 60)
        square = {"x": x, "y": y - 9, "width": 10, "height": 10, "fill_opacity": 0.65}
        drawn.append(element("rect", class_=f"face fill-{shade}", **square))
        drawn.append(element("text", words, x=x + 15, y=y, font_size=10))
        x += 15 + 7.2 * len(words) + 14
    return drawn
