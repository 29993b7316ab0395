"""Gradients beside central differences, from Python: what `cnn gradcheck` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.check.result import Checked
from cnncli.check.rules import check_memory
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.differences.central import TOLERANCE, Worst
from cnncli.engine.differences.every_layer import Finding, check_every_layer
from cnncli.engine.differences.layer_check import IMAGES
from cnncli.engine.parallel.blas import hold_blas_to_one_thread
from cnncli.report.gradient_errors import ErrorLines

if TYPE_CHECKING:
    from cnncli.graph.network import Graph

DOUBLE = 2
"""How many times as large a number of float64 is as those that memory is counted for."""


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """The worst error of each layer by its name, and of the network as a whole.

    Each has `error`, `place`, `analytic`, `numeric`, `compared` and `kinks`.
    """

    layers: dict[str, Worst]
    network: Worst
    graph: Graph

    @property
    def worst(self) -> Worst:
        """The worst of all, with the counts of all."""
        worst = self.network
        for each in self.layers.values():
            worst |= each
        return worst

    def wrong(self, tolerance: float = TOLERANCE) -> list[Worst]:
        """The layers', then the network's, where the error is over the tolerance."""
        return [
            each
            for each in (*self.layers.values(), self.network)
            if each.error is not None and each.error > tolerance
        ]

    def __repr__(self) -> str:
        lines = ErrorLines(self.graph)
        found = [*map(Finding, self.layers, self.layers.values()), Finding(None, self.network)]
        return "\n".join([lines.heading, *(line for each in found for line in lines.of(each))])


def gradient_check(
    checked: Checked, *, everything: bool, each: Callable[[Finding], object] | None
) -> GradientCheck:
    """Checks all gradients; each: is called with every finding as soon as it is there."""
    spec, graph = checked.network()
    check_memory(spec, graph, DOUBLE * IMAGES)
    hold_blas_to_one_thread()
    algorithms = choose(graph, spec.train.kernels, IMAGES)
    findings = []
    for finding in check_every_layer(
        graph, spec.train.loss, algorithms, everything=everything, seed=spec.train.seed
    ):
        findings.append(finding)
        if each:
            each(finding)
    *layers, network = findings
    return GradientCheck(
        {finding.layer: finding.worst for finding in layers if finding.layer is not None},
        network.worst,
        graph,
    )
