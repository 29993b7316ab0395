"""What a whole network costs, and which of its limits it goes over."""

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from cnncli.config.limits import Limits
from cnncli.config.specification import Specification
from cnncli.graph.backward import training_macs
from cnncli.graph.network import FLOAT, Graph
from cnncli.problems import Problem

from .memory import StepMemory


class Totals(NamedTuple):
    """Sums over all layers, for one image."""

    parameters: int
    macs: int
    training_macs: int
    activations: int
    """Bytes of every layer's output."""


def totals(graph: Graph) -> Totals:
    """The sums of a checked network."""
    return Totals(
        parameters=sum(node.parameters for node in graph.nodes),
        macs=sum(node.cost.macs for node in graph.nodes),
        training_macs=sum(training_macs(graph).values()),
        activations=FLOAT * sum(node.out_shape.size for node in graph.nodes),
    )


def limit_problems(spec: Specification, graph: Graph, step: StepMemory) -> Iterator[Problem]:
    """One problem for each limit of the file that the network goes over."""
    found = totals(graph)._asdict() | {"train_memory": step.total}
    for field in fields(Limits):
        limit = getattr(spec.limits, field.name)
        if limit is not None and found[field.name] > limit:
            is_bytes = field.name in ("activations", "train_memory")
            shown, most = (
                f"{number / 2**20:,.2f} MiB" if is_bytes else f"{number:,}"
                for number in (found[field.name], limit)
            )
            excess = found[field.name] / limit
            yield Problem(
                spec.place("limits", field.name),
                f"limits.{field.name}",
                f"{shown} is more than the limit of {most}, {excess:,.2f} times as much.",
            )
