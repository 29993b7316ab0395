"""How each parameter array is trained: the optimizer's way, unless a group names the array."""

from collections.abc import Mapping

from cnncli.check.rules import stands_for
from cnncli.config.train import TrainSpec
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
        """What is to be updated, in as few pieces as possible: neighbours trained alike are one."""
        if frozen not in self._segments:
            joined: list[Segment] = []
            for name, how in self.of_arrays.items():
                if name in frozen:
                    continue
                part = self._slices[name]
                new = Segment(part, how.lr, how.weight_decay, how.matrix)
                last = joined[-1] if joined and how.matrix is None else None
                if last and last[1:] == new[1:] and last.part.stop == part.start:
                    joined[-1] = last._replace(part=slice(last.part.start, part.stop))
                else:
                    joined.append(new)
            self._segments[frozen] = tuple(joined)
        return self._segments[frozen]


def _settings(node: Node, name: str, param: Param, train: TrainSpec) -> ArraySettings:
    usual = train.optimizer.settings(param)
    for group in reversed(train.groups):
        has_array = group.arrays is None or name in group.arrays
        if has_array and any(stands_for(layer, node) for layer in group.layers):
            decay = usual.weight_decay if group.weight_decay is None else group.weight_decay
            lr = group.lr * usual.lr
            return ArraySettings(lr, decay, group.after, group.until, usual.matrix)
    return usual
