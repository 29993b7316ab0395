"""A network on larger images than it was made for: a map of class scores in one pass."""

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from cnncli.config.specification import Specification
from cnncli.errors import UsageError
from cnncli.geometry import Extent
from cnncli.graph.build import build
from cnncli.graph.network import Graph, Node
from cnncli.layers.input import Input
from cnncli.layers.normalization import LayerNorm
from cnncli.problems import ConfigError


class ScoreMap(NamedTuple):
    """The places at which a network gives class scores, and how many pixels they lie apart."""

    places: Extent
    scores: int
    stride: tuple[Fraction, Fraction]

    @classmethod
    def of(cls, graph: Graph) -> "ScoreMap":
        """The last volume before a SOFTMAX."""
        node = graph.by_name[graph.scores]
        W, H, D = node.out_shape
        return cls(Extent(W, H), D, _stride(graph, node))

    def __str__(self) -> str:
        if self.places == (1, 1):
            return f"one place of {self.scores:,} scores"
        across, down = self.stride
        stride = str(across) if across == down else f"{across}x{down}"
        return f"{self.places.W}x{self.places.H} places of {self.scores:,} scores, stride {stride}"


def _stride(graph: Graph, node: Node) -> tuple[Fraction, Fraction]:
    """How many pixels the places of a layer lie apart: along the paths that make it from places.

    A gate has none; where all paths lead through a global layer it is 0.
    """
    across, down = Fraction(1), Fraction(1)
    while node.in_shapes:
        steps = {each.of: (each.across.stride, each.down.stride)
                 for each in node.layer.reads(node.in_shapes)}  # fmt: skip
        source = max(steps, key=lambda of: steps[of])
        across, down = across * steps[source][0], down * steps[source][1]
        if not node.inputs:
            break
        node = graph.by_name[node.inputs[source]]
    return across, down


def enlarge(spec: Specification, graph: Graph, image: Extent) -> tuple[Specification, Graph]:
    """The network with an INPUT of that width and height, and the same weights.

    Where nothing pads or crops, place (i, j) of its score map holds the scores of the crop that
    begins at pixel (i * stride, j * stride), but for rounding: a larger map may be computed by
    another algorithm. Raises UsageError where the image does not fit, or a
    layer belongs to one map size.
    """
    size = graph.image._replace(W=image.W, H=image.H)
    first, *rest = spec.layers
    larger = replace(spec, layers=(replace(first, layer=Input(size=size)), *rest))
    seen = build(larger, None, None)
    try:
        seen.check()
    except ConfigError as error:
        message = f"images of {size} do not fit the network:\n{error}"
        raise UsageError(message) from None
    for node in graph.nodes:
        on_larger = seen.by_name[node.name]
        by_volume = isinstance(node.layer, LayerNorm) and node.layer.over == "volume"
        same_numbers = on_larger.in_shapes == node.in_shapes or not by_volume
        if on_larger.params != node.params or not same_numbers:
            raise UsageError(
                f"{node.place}: {node.layer.kind} {node.name!r} cannot slide over images of "
                f"{size}: it belongs to the {node.in_shapes[0]} of its map"
            )
    return larger, seen
