"""The numbers of one layer in its network, for tables, programs and comparisons."""

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from cnncli.graph.backward import training_macs
from cnncli.graph.network import FLOAT, Graph, Node


class Measured(NamedTuple):
    """A node with what it costs in training, which depends on the layers before it."""

    node: Node
    training_macs: int

    @property
    def neurons(self) -> int:
        """The numbers that are a weighted sum of inputs; 0 for a layer without such."""
        return self.memory if self.node.cost.connections else 0

    @property
    def memory(self) -> int:
        """How many numbers the output holds."""
        return self.node.out_shape.size

    @property
    def activations(self) -> int:
        return FLOAT * self.memory

    @property
    def im2row(self) -> tuple[int, int] | None:
        """Connections x places: the windows as a matrix; None for a layer that weighs nothing.

        A layer that makes maps larger has no window of its own at each place.
        """
        node = self.node
        connections = node.cost.connections
        if not connections:
            return None
        (reads,) = node.layer.reads(node.in_shapes)
        if max(axis.period for axis in reads.axes) > 1:
            return None
        return connections, node.out_shape.W * node.out_shape.H


Value = Callable[[Measured], int]


def measure(graph: Graph) -> Mapping[str, Measured]:
    """Every node with its numbers, by name."""
    training = training_macs(graph)
    return {node.name: Measured(node, training[node.name]) for node in graph.nodes}


Sums = Callable[[Value], int | None]


def sums_over(measured: Collection[Measured] | None) -> Sums:
    """Sums over a network's layers; None for all of them where a layer's shape is not known."""
    return cache(lambda value: None if measured is None else sum(map(value, measured)))


def number(value: Fraction | int) -> int | float:
    """A whole number where it is one."""
    return int(value) if Fraction(value).denominator == 1 else float(value)


def number_text(value: Fraction | int) -> str:
    """The same as a text: `4`, `0.5`, `0.333`."""
    return f"{round(float(value), 3):.10g}"
