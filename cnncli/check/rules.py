"""What is wrong with how a network is to be trained, once its shapes are known."""

from collections.abc import Iterator

from cnncli.config.specification import Specification
from cnncli.errors import Problem
from cnncli.graph.network import Graph
from cnncli.training.parameter_groups import group_problems

from .borders import border_problems


def training_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Of a network without errors."""
    yield from group_problems(spec, graph)
    yield from border_problems(spec, graph.image)
