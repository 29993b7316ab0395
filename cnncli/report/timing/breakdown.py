"""Where the time of a step goes, layer by layer: medians, spread and speed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median, quantiles
from typing import NamedTuple

from cnncli.engine.probes.timing import Timing
from cnncli.geometry import Volume
from cnncli.graph.backward import needs_dx
from cnncli.graph.network import Graph, Node


class Pace(NamedTuple):
    """The median seconds of a pass through one layer, or through all."""

    seconds: float
    flops: int
    """Two for each multiply-add of the direct way to compute it; 0 where there are none."""

    @property
    def rate(self) -> float | None:
        """FLOP/s; None of a layer without multiply-adds."""
        return self.flops / self.seconds if self.flops and self.seconds else None


class StepPart(NamedTuple):
    """One part of a step: a layer, what is done between layers, the optimizer, or all of it."""

    name: str
    series: Sequence[float]
    """The seconds of each step."""
    forward: Pace | None = None
    backward: Pace | None = None
    node: Node | None = None
    output: Volume | None = None

    @property
    def seconds(self) -> float:
        return median(self.series)

    @property
    def quartiles(self) -> tuple[float, float]:
        return quartiles(self.series)


def quartiles(series: Sequence[float]) -> tuple[float, float]:
    """The lower and the upper one."""
    several = series if len(series) > 1 else [*series] * 2
    low, _, high = quantiles(several, method="inclusive")
    return low, high


@dataclass(frozen=True)
class Breakdown:
    """A network's step in parts."""

    graph: Graph
    algorithms: Mapping[str, str]
    images: int
    threads: int
    timing: Timing

    @property
    def trains(self) -> bool:
        """Whether the step has a backward pass and an optimizer."""
        return bool(self.timing.update)

    def layers(self) -> Iterator[StepPart]:
        """Every layer, in the order of computation."""
        last = self.graph.nodes.index(self.graph.by_name[self.graph.scores])
        for node in self.graph.nodes[: last + 1]:
            yield self._layer(node)

    def _layer(self, node: Node) -> StepPart:
        """One whose work the layer before it does has no forward time of its own."""
        return self.together(node.name, [node])._replace(node=node)

    def together(self, name: str, nodes: Sequence[Node]) -> StepPart:
        """Several layers in a row as one part."""
        timing = self.timing
        forth, back = timing.forward, timing.backward
        forward = [forth[node.name] for node in nodes if node.name in forth]
        backward = [back[node.name] for node in nodes if node.name in back]
        flops = sum(self._flops(node) for node in nodes if node.name in forth)
        back_flops = sum(self._backward_flops(node) for node in nodes if node.name in back)
        return StepPart(
            name,
            _sums([0.0] * len(timing.step), *forward, *backward),
            Pace(median(_sums(*forward)), flops) if forward else None,
            Pace(median(_sums(*backward)), back_flops) if backward else None,
            output=nodes[-1].out_shape,
        )

    def others(self) -> Iterator[StepPart]:
        """What is not a layer: the remainder of the passes, and the optimizer."""
        timing = self.timing
        inside = _sums(*timing.forward.values(), *timing.backward.values())
        yield StepPart("rest", [max(a - b, 0.0) for a, b in zip(timing.step, inside, strict=True)])
        if timing.update:
            yield StepPart("optimizer", timing.update)

    def total(self) -> StepPart:
        """The whole step; forward and backward are the sums over the layers."""
        timing = self.timing
        nodes = [self.graph.by_name[name] for name in timing.forward]
        forward = Pace(median(_sums(*timing.forward.values())), sum(map(self._flops, nodes)))
        backward = None
        if timing.backward:
            flops = sum(map(self._backward_flops, nodes))
            backward = Pace(median(_sums(*timing.backward.values())), flops)
        whole = _sums(timing.step, *([timing.update] if timing.update else []))
        return StepPart("total", whole, forward, backward)

    def share(self, part: StepPart) -> float:
        """The part's median as a fraction of the whole step's."""
        return part.seconds / self._seconds

    @property
    def images_per_second(self) -> float:
        """At the median of the steps."""
        return self.images / self._seconds

    def _flops(self, node: Node) -> int:
        return 2 * node.cost.macs * self.images

    def _backward_flops(self, node: Node) -> int:
        """The weights' gradient costs as much as forward, and so does dx where it is needed."""
        return self._flops(node) * (1 + (node.name in self._needs_dx))

    @cached_property
    def _seconds(self) -> float:
        """Of the whole step."""
        return self.total().seconds

    @cached_property
    def _needs_dx(self) -> Collection[str]:
        return needs_dx(self.graph.nodes)


def _sums(*series: Sequence[float]) -> list[float]:
    return [sum(of_step) for of_step in zip(*series, strict=True)]
