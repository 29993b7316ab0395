"""How each parameter array is trained: the optimizer's way, unless a group names the array."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import prod
from typing import NamedTuple

from cnncli.config.specification import Specification
from cnncli.config.train import Group, TrainSpec
from cnncli.graph.network import Graph, Node
from cnncli.layers.base import Param
from cnncli.optim.optimizer_fields import Muon, OptimizerSpec
from cnncli.problems import Problem
from cnncli.text import closest


class Segment(NamedTuple):
    """Neighbouring numbers of the flat vector that are trained alike."""

    part: slice
    lr: float
    """Factor of the learning rate."""
    weight_decay: float
    matrix: tuple[int, int] | None = None
    """Rows and columns of one array that the optimizer takes as a whole."""


@dataclass(frozen=True)
class Treatment:
    """How one array is trained, and in which epochs, from `after` to before `until`."""

    lr: float
    weight_decay: float
    after: float = 0.0
    until: float | None = None
    matrix: tuple[int, int] | None = None

    def is_trained(self, epoch: float) -> bool:
        """Whether the array changes, so many epochs after the beginning."""
        return self.lr > 0 and self.after <= epoch and (self.until is None or epoch < self.until)


class Treatments:
    """How all arrays of a network are trained. `slices`: where they lie in the flat vector."""

    def __init__(self, graph: Graph, train: TrainSpec, slices: Mapping[str, slice]) -> None:
        self.of_arrays = {
            f"{node.name}.{name}": _treatment(node, name, param, train)
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
            self._segments[frozen] = tuple(self._joined(frozen))
        return self._segments[frozen]

    def _joined(self, frozen: frozenset[str]) -> Iterator[Segment]:
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


def _treatment(node: Node, name: str, param: Param, train: TrainSpec) -> Treatment:
    usual = _usual(param, train.optimizer)
    for group in reversed(train.groups):
        if _covers(group, node, name):
            decay = usual.weight_decay if group.weight_decay is None else group.weight_decay
            lr = group.lr * usual.lr
            return Treatment(lr, decay, group.after, group.until, usual.matrix)
    return usual


def _usual(param: Param, optimizer: OptimizerSpec) -> Treatment:
    """What the optimizer does to an array of that kind."""
    if not isinstance(optimizer, Muon):
        return Treatment(1.0, optimizer.weight_decay if param.decay else 0.0)
    if param.start == "weights":
        columns = param.shape[-1]
        matrix = (prod(param.shape) // columns, columns)
        return Treatment(1.0, optimizer.weight_decay, matrix=matrix)
    decay = optimizer.others.weight_decay if param.decay else 0.0
    return Treatment(optimizer.others.lr / optimizer.lr, decay)


def _covers(group: Group, node: Node, array: str) -> bool:
    has_array = group.arrays is None or array in group.arrays
    return has_array and any(_stands_for(name, node) for name in group.layers)


def _stands_for(name: str, node: Node) -> bool:
    """Whether it is the layer's name, a pattern of it, or a name of its family."""
    return name.upper() in node.layer.NAMES or fnmatchcase(node.name, name)


def group_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Groups that name nothing, and what they may mean."""
    with_parameters = [node for node in graph.nodes if node.params]
    for index, group in enumerate(spec.train.groups):
        named = []
        for place, name in enumerate(group.layers):
            nodes = [node for node in with_parameters if _stands_for(name, node)]
            named += nodes
            if not nodes:
                yield _problem(spec, index, "layers", place, _unknown_layer(name, graph))
        arrays = {array for node in named for array in node.params}
        for place, name in enumerate(group.arrays or ()):
            if named and name not in arrays:
                message = f"no such array; these layers have {', '.join(sorted(arrays))}"
                yield _problem(spec, index, "arrays", place, message)


def _unknown_layer(name: str, graph: Graph) -> str:
    if any(_stands_for(name, node) for node in graph.nodes):
        return f"{name!r} has no parameters to train"
    known = [node.name for node in graph.nodes if node.params]
    known += [kind for node in graph.nodes if node.params for kind in node.layer.NAMES]
    meant = closest(name, known)
    return f"no layer is called {name!r}, nor a kind of layers with parameters" + (
        f"; did you mean {meant!r}?" if meant else ""
    )


def _problem(spec: Specification, index: int, key: str, place: int, message: str) -> Problem:
    path = ("train", "groups", index, key, place)
    return Problem(spec.place(*path), f"train.groups[{index}].{key}", message)
