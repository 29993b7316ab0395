"""A layer of a network, as `Network.layers` shows it."""

from typing import Any

from cnncli.check.result import Checked
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import LayerSpec
from cnncli.geometry import Volume
from cnncli.graph.network import Node
from cnncli.report.hyperparameters import as_values


class NetworkLayer:
    """A layer of a network: what the file says of it, and what follows from that."""

    def __init__(self, checked: Checked, written: LayerSpec) -> None:
        self._checked, self._written = checked, written

    @property
    def name(self) -> str:
        return self._written.name

    @property
    def kind(self) -> str:
        """CONV, POOL and so on."""
        return self._written.kind

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """By their names; those that the file leaves open are filled in."""
        node = self._node
        layer = node.layer if node else self._written.layer
        return dict(as_values(layer)) if layer else {}

    @property
    def input(self) -> tuple[Volume, ...] | None:
        """The volumes (W, H, D) that it reads; None where a problem hides them."""
        return self._node.in_shapes if self._node else None

    @property
    def output(self) -> Volume | None:
        """Its volume (W, H, D); None where a problem hides it."""
        return self._node.out_shape if self._node else None

    @property
    def parameters(self) -> int | None:
        """How many numbers are trained; None where a problem hides it."""
        return self._node.parameters if self._node else None

    @property
    def macs(self) -> int | None:
        """Multiply-adds for one image; None where a problem hides it."""
        return self._node.cost.macs if self._node else None

    def explain(self) -> str:
        """What `cnn shapes --explain` prints: formulas with their numbers."""
        from cnncli.report.shapes.explain import explain

        spec, graph = self._checked.spec, self._checked.graph
        assert spec is not None
        assert graph is not None
        return explain(spec, graph, self.name)

    @property
    def _node(self) -> Node | None:
        graph = self._checked.graph
        return graph.by_name.get(self.name) if graph and self.name not in graph.unknown else None

    def __repr__(self) -> str:
        return f"{self.name}: {self.kind} {flow(self.hyperparameters)} -> {self.output or '?'}"
