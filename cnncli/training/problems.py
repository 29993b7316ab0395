"""What is wrong with how a network is to be trained, once its shapes are known."""

from collections.abc import Iterator

from cnncli.errors import Problem
from cnncli.graph.network import Graph
from cnncli.spec.specification import Specification

from .borders import border_problems
from .groups import group_problems


def training_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Of a network without errors."""
    yield from group_problems(spec, graph)
    yield from border_problems(spec, graph.image)
