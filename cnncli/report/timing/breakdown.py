"""Where the time of a step goes, layer by layer: medians, spread and speed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median, quantiles
from typing import Literal, NamedTuple

from cnncli.engine.probes.timing import Timing
from cnncli.geometry import Volume
from cnncli.graph.backward import needs_dx
from cnncli.graph.costs.traffic import Traffic, traffic
from cnncli.graph.network import Graph, Node


class Pace(NamedTuple):
    """The median seconds of a pass through one layer, or through all."""

    seconds: float
    flops: int
    """Two for each multiply-add of the direct way to compute it; 0 where there are none."""
    moved: int
    """The least bytes that are read and written."""

    @property
    def rate(self) -> float | None:
        """FLOP/s; None of a layer without multiply-adds."""
        return self.flops / self.seconds if self.flops and self.seconds else None

    @property
    def bandwidth(self) -> float | None:
        """Bytes/s; None of a layer that moves nothing."""
        return self.moved / self.seconds if self.moved and self.seconds else None


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

    @property
    def moved(self) -> int:
        """The least bytes that are read and written by both passes."""
        return sum(pace.moved for pace in (self.forward, self.backward) if pace)

    @property
    def bandwidth(self) -> float | None:
        """Bytes/s of both passes; None of what moves nothing."""
        return self.moved / self.seconds if self.moved and self.seconds else None


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
        both = (timing.forward, timing.backward)
        series = [times[node.name] for times in both for node in nodes if node.name in times]
        return StepPart(
            name,
            _sums([0.0] * len(timing.step), *series),
            self._pace("forward", nodes),
            self._pace("backward", nodes),
            output=nodes[-1].out_shape,
        )

    def _pace(self, way: Literal["forward", "backward"], nodes: Sequence[Node]) -> Pace | None:
        """Of the layers that have a time of their own; None where none has."""
        times = getattr(self.timing, way)
        timed = [node for node in nodes if node.name in times]
        if not timed:
            return None
        flops = self._flops if way == "forward" else self._backward_flops
        return Pace(
            median(_sums(*(times[node.name] for node in timed))),
            sum(map(flops, timed)),
            sum(getattr(self._traffic[node.name], way) for node in timed),
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
        timing, nodes = self.timing, self.graph.nodes
        whole = _sums(timing.step, *([timing.update] if timing.update else []))
        return StepPart("total", whole, self._pace("forward", nodes), self._pace("backward", nodes))

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
    def _traffic(self) -> Mapping[str, Traffic]:
        return traffic(self.graph, self.images, training=self.trains)

    @cached_property
    def _needs_dx(self) -> Collection[str]:
        return needs_dx(self.graph.nodes)


def _sums(*series: Sequence[float]) -> list[float]:
    return [sum(of_step) for of_step in zip(*series, strict=True)]
