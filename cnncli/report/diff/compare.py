"""What is different between two checked networks: layers added, removed and changed, and sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cnncli.check.result import Checked
from cnncli.graph.alignment import align
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
    old, new = _values(first, names), _values(second, {})
    changes = [
        Change(a, b, _differences(old[a.name], new[b.name]) if a and b else {}) for a, b in pairs
    ]
    sums = _totals(after)
    totals = {name: Difference(total, sums[name]) for name, total in _totals(before).items()}
    return Comparison(before, after, tuple(changes), totals)


def _graph(checked: Checked) -> Graph:
    assert checked.valid, "only networks without errors are compared"
    assert checked.graph is not None
    return checked.graph


def _values(graph: Graph, names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Everything about each layer that can be different, by its name.

    `names`: the layers' names in the other network. What a layer reads is None for the one above.
    """
    values: dict[str, dict[str, Any]] = {}
    above = ""
    for node in graph.nodes:
        reads_above = node.inputs in ((), (above,))
        numbers = (
            list(node.out_shape),
            node.parameters,
            node.cost.macs,
            list(node.receptive_field.pixels),
        )
        values[node.name] = {
            "kind": node.layer.kind,
            "from": None if reads_above else [names.get(name, name) for name in node.inputs],
            **as_values(node.layer),
            **dict(zip(NUMBERS, numbers, strict=True)),
        }
        above = node.name
    return values


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Difference]:
    return {
        name: Difference(before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def _totals(checked: Checked) -> dict[str, int]:
    graph, step = _graph(checked), checked.step
    assert step is not None, "a network without errors has a training step"
    sums = totals(graph)
    return {
        "layers": len(graph.nodes),
        "parameters": sums.parameters,
        "macs": sums.macs,
        "training_macs": sums.training_macs,
        "activation_bytes": sums.activations,
        "step_images": step.images,
        "step_threads": step.threads,
        "step_bytes": step.memory.total,
    }
