"""What is different between two checked networks: layers added, removed and changed, and sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cnncli.check.result import Checked
from cnncli.graph.alignment import Pair, align
from cnncli.graph.costs.totals import totals
from cnncli.graph.network import Graph, Node
from cnncli.report.hyperparameters import as_values

NUMBERS = ("output", "parameters", "macs", "receptive_field")
"""The values of a layer that are compared, beside its kind, its inputs and hyperparameters."""


class Difference(NamedTuple):
    """One value in both networks."""

    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One layer; `differences` is empty where it is the same in both networks."""

    before: Node | None
    after: Node | None
    differences: Mapping[str, Difference]

    @property
    def what(self) -> Literal["same", "added", "removed", "changed"]:
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.differences else "same"

    @property
    def renamed(self) -> bool:
        """Whether the layer has another name, be it only another number."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.name != after.name


@dataclass(frozen=True)
class Comparison:
    """Two networks without errors."""

    before: Checked
    after: Checked
    layers: tuple[Change, ...]
    totals: Mapping[str, Difference]

    @property
    def same(self) -> bool:
        """Whether every layer of one is a layer of the other, by whatever name."""
        return all(change.what == "same" for change in self.layers)


def compare(before: Checked, after: Checked) -> Comparison:
    """The two networks, layer by layer."""
    first, second = _graph(before), _graph(after)
    pairs = align(first.nodes, second.nodes)
    names = {a.name: b.name for a, b in pairs if a and b}
    old, new = _Values(first, names), _Values(second, {})
    changes = [Change(a, b, _differences(old, new, (a, b))) for a, b in pairs]
    sums = zip(_totals(before), _totals(after), strict=True)
    totals = {name: Difference(a, b) for (name, a), (_, b) in sums}
    return Comparison(before, after, tuple(changes), totals)


def _graph(checked: Checked) -> Graph:
    assert checked.valid, "only networks without errors are compared"
    assert checked.graph is not None
    return checked.graph


class _Values:
    """The values of a graph's layers; names of layers as they are in the other network."""

    def __init__(self, graph: Graph, names: Mapping[str, str]) -> None:
        self._names = names
        order = [node.name for node in graph.nodes]
        self._above = dict(zip(order[1:], order, strict=False))

    def of(self, node: Node) -> dict[str, Any]:
        """Everything about the node that can be different."""
        numbers = (
            list(node.out_shape),
            node.parameters,
            node.cost.macs,
            list(node.receptive_field.pixels),
        )
        return {
            "kind": node.layer.kind,
            "from": self._inputs(node),
            **as_values(node.layer),
            **dict(zip(NUMBERS, numbers, strict=True)),
        }

    def _inputs(self, node: Node) -> list[str] | None:
        """What the layer reads; None for the layer above."""
        if node.inputs in ((), (self._above.get(node.name),)):
            return None
        return [self._names.get(name, name) for name in node.inputs]


def _differences(old: _Values, new: _Values, pair: Pair) -> dict[str, Difference]:
    before, after = pair
    if before is None or after is None:
        return {}
    a, b = old.of(before), new.of(after)
    return {
        name: Difference(a.get(name), b.get(name))
        for name in {**a, **b}
        if a.get(name) != b.get(name)
    }


def _totals(checked: Checked) -> list[tuple[str, int]]:
    graph, step = _graph(checked), checked.step
    assert step is not None, "a network without errors has a training step"
    sums = totals(graph)
    return [
        ("layers", len(graph.nodes)),
        ("parameters", sums.parameters),
        ("macs", sums.macs),
        ("training_macs", sums.training_macs),
        ("activation_bytes", sums.activations),
        ("step_images", step.images),
        ("step_threads", step.threads),
        ("step_bytes", step.memory.total),
    ]
