"""A checked network: named nodes with inputs, shapes, parameters and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from cnncli.config.specification import LayerSpec
from cnncli.geometry import Volume
from cnncli.graph.costs.receptive_field import ReceptiveField
from cnncli.layers.base import Cost, Layer, Memory, Param, State
from cnncli.problems import Problem, check_problems

FLOAT = 4
"""Bytes of a float32."""


@dataclass(frozen=True, kw_only=True)
class Node(LayerSpec):
    """A layer of the file with its shapes: its hyperparameters are complete, its costs known."""

    layer: Layer
    inputs: tuple[str, ...]
    in_shapes: tuple[Volume, ...]
    out_shape: Volume
    params: Mapping[str, Param]
    state: Mapping[str, State]
    cost: Cost
    receptive_field: ReceptiveField

    @cached_property
    def memory(self) -> Memory:
        """What a training step holds because of the layer."""
        return self.layer.memory(self.in_shapes)

    @property
    def parameters(self) -> int:
        return sum(prod(param.shape) for param in self.params.values())

    @property
    def weights(self) -> int:
        """How many of them are weights, and not biases or the like."""
        params = self.params.values()
        return sum(prod(param.shape) for param in params if param.start == "weights")

    @property
    def running(self) -> int:
        """How many numbers are kept up to date without being trained."""
        return sum(prod(state.shape) for state in self.state.values())


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which every input comes before its use; the first is INPUT.

    With errors among the problems, a node that did not fit has the shape that it would have if
    the remainder, or the window itself, were cropped; `unknown` names the layers whose shape
    cannot be inferred.
    """

    nodes: tuple[Node, ...]
    scores: str
    """The node whose output holds the class scores: the last one, or the one before SOFTMAX."""
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @property
    def image(self) -> Volume:
        """The input's volume."""
        return self.nodes[0].out_shape

    @property
    def classes(self) -> int:
        """How many class scores the network gives."""
        return self.by_name[self.scores].out_shape.D

    def check(self) -> None:
        """Raises ConfigError with every error found."""
        check_problems(self.problems)
