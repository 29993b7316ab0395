"""How each parameter array is trained: the optimizer's way, unless a group names the array."""

from collections.abc import Iterator, Mapping

from cnncli.check.rules import stands_for
from cnncli.config.train import Group, TrainSpec
from cnncli.graph.network import Graph, Node
from cnncli.layers.base import Param
from cnncli.optim.base import ArraySettings, Segment


class ParameterGroups:
    """How all arrays of a network are trained. `slices`: where they lie in the flat vector."""

    def __init__(self, graph: Graph, train: TrainSpec, slices: Mapping[str, slice]) -> None:
        self.of_arrays = {
            f"{node.name}.{name}": _settings(node, name, param, train)
            for node in graph.nodes
            for name, param in node.params.items()
        }
        self._slices = slices
        self._segments: dict[frozenset[str], tuple[Segment, ...]] = {}

    def frozen(self, epoch: float) -> frozenset[str]:
        """The arrays that do not change in a step so many epochs after the beginning."""
        return frozenset(n for n, how in self.of_arrays.items() if not how.is_trained(epoch))

    def segments(self, frozen: frozenset[str] = frozenset()) -> tuple[Segment, ...]:
        """What is to be updated, in as few pieces as possible."""
        if frozen not in self._segments:
            self._segments[frozen] = tuple(self._join(frozen))
        return self._segments[frozen]

    def _join(self, frozen: frozenset[str]) -> Iterator[Segment]:
        """Neighbours that are trained alike are one."""
        last = Segment(slice(0, 0), 1.0, 0.0)
        for name, how in self.of_arrays.items():
            part = self._slices[name]
            if name in frozen:
                continue
            segment = Segment(part, how.lr, how.weight_decay, how.matrix)
            alike = last[1:] == segment[1:] and segment.matrix is None
            if alike and last.part.stop == part.start:
                last = last._replace(part=slice(last.part.start, part.stop))
                continue
            if last.part.stop:
                yield last
            last = segment
        if last.part.stop:
            yield last


def _settings(node: Node, name: str, param: Param, train: TrainSpec) -> ArraySettings:
    usual = train.optimizer.settings(param)
    for group in reversed(train.groups):
        if _covers(group, node, name):
            decay = usual.weight_decay if group.weight_decay is None else group.weight_decay
            lr = group.lr * usual.lr
            return ArraySettings(lr, decay, group.after, group.until, usual.matrix)
    return usual


def _covers(group: Group, node: Node, array: str) -> bool:
    has_array = group.arrays is None or array in group.arrays
    return has_array and any(stands_for(name, node) for name in group.layers)
