"""Layers in a wrapper that looks on while they compute.

The layers of a network are wrapped before they are run, and a wrapped one runs like any other. A
network that nobody looks at has no hook in its way.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnncli.geometry import Volume
from cnncli.graph.network import Graph
from cnncli.layers.base import Finishing, Layer, Params, Shapes

if TYPE_CHECKING:
    from cnncli.layers.base import Array


@dataclass(frozen=True, kw_only=True)
class Wrapped(Layer):
    """Another layer but for `forward` and `backward`, which a subclass has of its own."""

    layer: Layer

    @property
    def kind(self) -> str:
        """The wrapped layer's."""
        return self.layer.kind

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The wrapped layer's."""
        return self.layer.out_shape(in_shapes)

    @property
    def finishes(self) -> tuple[Finishing, ...]:
        """The wrapped layer's."""
        return self.layer.finishes

    def finishes_as(self, training: bool) -> Finishing | None:
        """The wrapped layer's."""
        return self.layer.finishes_as(training)

    def scale_and_shift(self, params: Params, state: Params) -> "tuple[Array, Array]":
        """The wrapped layer's."""
        return self.layer.scale_and_shift(params, state)

    def is_non_decreasing(self) -> bool:
        """The wrapped layer's."""
        return self.layer.is_non_decreasing()

    def is_maximum(self) -> bool:
        """The wrapped layer's."""
        return self.layer.is_maximum()

    def algorithms(self, in_shapes: Shapes, images: int) -> tuple[str, ...]:
        """The wrapped layer's."""
        return self.layer.algorithms(in_shapes, images)


def wrapped(graph: Graph, wrap: Callable[[int, str, Layer], Wrapped]) -> Graph:
    """The same network; each layer is in a wrapper made for its node's index and name."""
    return replace(
        graph,
        nodes=tuple(
            replace(node, layer=wrap(index, node.name, node.layer))
            for index, node in enumerate(graph.nodes)
        ),
    )
