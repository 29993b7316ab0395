"""Changes with which the inputs of a join fit each other: of a layer above it, or by a new one."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from cnncli.geometry import Extent, Padding, Volume
from cnncli.graph.shape_inference import Blueprint, Inference
from cnncli.layers.base import Layer, LayerError, Shapes
from cnncli.layers.merge import Add, Concat, Mul

from .candidates import Change, Setting, Substitute
from .shortcuts import Around, shortcuts

_STEPS = 60
"""How many layers of a branch are looked at, the nearest first."""
_FOLLOWERS = 4
"""How many depthwise layers may follow another one's K."""
_EXTENTS = (1, 2, 3, 4, 5, 7, 9, 11)
_STRIDES = (1, 2, 3, 4)
_PADDINGS = 7
"""Values of F, S and P that are tried in a branch."""


@dataclass(frozen=True)
class Renamed(Substitute):
    """Another family in the place of a join, with the same inputs."""

    layer: Layer

    def instead_of(self, layer: Any) -> Layer:
        return self.layer

    def __str__(self) -> str:
        return self.layer.kind


class Workbench(Protocol):
    """What is tried: a network with the layers of its file, and what is known of it as it is."""

    blueprint: Blueprint
    base: Inference

    @property
    def is_spent(self) -> bool:
        """Whether no more changes of layers may be tried."""

    def copies(self, index: int) -> list[int]:
        """All layers with the text of this one."""

    def attempt(
        self, changes: Sequence[Change], account: Literal["local"], allowed: Collection[int]
    ) -> Mapping[int, Volume] | None:
        """The volumes that are others with changes; None if more than is allowed does not fit."""

    def infer_until(self, index: int, changes: Sequence[Change]) -> Inference:
        """The shapes with some changes, as far as the layer at the index."""


_Option: TypeAlias = tuple[str, Any, Fraction]
"""A hyperparameter, a value for it, and by how much that is another one."""


class _Above(NamedTuple):
    """A layer above an input of a join.

    gives_depth: whether the depth of what it gives can reach the join. is_shared: whether it stands
    above all inputs.
    """

    at: int
    gives_depth: bool
    is_shared: bool = False


def join_changes(trials: Workbench, index: int, before: Sequence[Change]) -> Iterator[Change]:
    """Changes with which a join fits, beside others: nearer layers first, new ones last."""
    seen = trials.infer_until(index, before)
    join, shapes = seen.layers[index], seen.in_shapes[index]
    if join is None or not shapes or len(shapes) < 2 or index not in seen.errors:
        return
    branches = _branches(trials, index)
    if isinstance(join, Add) and _is_fit(Mul(), shapes):
        gate = min(shapes, key=lambda volume: volume.W * volume.H)
        yield Change(index, "kind", Renamed(Mul()), Fraction(0), f"{gate} is a gate")
        return
    attempt = _Attempt(trials, index, before, frozenset(seen.errors) - {index})
    for number, branch in enumerate(branches):
        for wanted in _wanted(join, shapes, number):
            yield from attempt.branch(branch, shapes[number], wanted)
    if isinstance(join, Add):
        yield from shortcuts(_around(trials, index, branches), attempt.shapes)


def _around(trials: Workbench, index: int, branches: Sequence[Sequence[_Above]]) -> Around:
    """What is known of a join, for a layer that is put into the shortest of its branches."""
    own = [[each.at for each in branch if not each.is_shared] for branch in branches]
    layers = trials.blueprint.layers
    givers = [
        next((e.at for e in branch if e.gives_depth and _has_own_depth(layers[e.at].layer)), None)
        for branch in branches
    ]
    return Around(layers, index, trials.copies(index), own, givers)


def _is_fit(layer: Any, shapes: Shapes) -> bool:
    try:
        layer.out_shape(tuple(shapes))
    except LayerError:
        return False
    return True


def _wanted(join: Layer, shapes: Sequence[Volume], number: int) -> list[Volume]:
    """The volumes of one input with which the join would fit all the others."""
    given = shapes[number]
    others = [*shapes[:number], *shapes[number + 1 :]]
    choices = [*others, *(Volume(1, 1, other.D) for other in others)]
    if isinstance(join, Concat):
        choices = [other._replace(D=given.D) for other in others]
    return [
        volume
        for volume in dict.fromkeys(choices)
        if volume != given and _is_fit(join, (*shapes[:number], volume, *shapes[number + 1 :]))
    ]


def _branches(trials: Workbench, index: int) -> list[list[_Above]]:
    """The layers above each input of a join, the nearest first."""
    layers = trials.blueprint.layers
    places = {written.name: at for at, written in enumerate(layers)}
    found = [_above(trials, places, places[name]) for name in layers[index].inputs or ()]
    shared = set.intersection(*({each.at for each in branch} for branch in found))
    return [[each._replace(is_shared=each.at in shared) for each in branch] for branch in found]


def _above(trials: Workbench, places: Mapping[str, int], start: int) -> list[_Above]:
    found: dict[int, _Above] = {}
    queue = deque([_Above(start, True)])
    while queue and len(found) < _STEPS:
        each = queue.popleft()
        if each.at in found:
            continue
        found[each.at] = each
        written = trials.blueprint.layers[each.at]
        gives = each.gives_depth and not _has_own_depth(written.layer)
        for name in written.inputs or ():
            queue.append(_Above(places[name], gives))
    return list(found.values())


def _has_own_depth(layer: Any) -> bool:
    """Whether a layer's depth does not depend on that of its input."""
    return isinstance(getattr(layer, "K", None), int) and not _is_depthwise(layer)


def _is_depthwise(layer: Any) -> bool:
    return getattr(layer, "groups", 1) == "depthwise"


@dataclass(frozen=True)
class _Attempt:
    """A join that does not fit, with what is changed above it, and the errors that it may have."""

    trials: Workbench
    index: int
    before: Sequence[Change]
    errors: frozenset[int]

    def branch(self, branch: Sequence[_Above], given: Volume, wanted: Volume) -> Iterator[Change]:
        """Changes of a layer of a branch with which it gives what is wanted."""
        for above in branch:
            layer: Any = self.trials.blueprint.layers[above.at].layer
            if layer is None or self.trials.is_spent:
                continue
            options: Iterable[_Option] = ()
            if given.D != wanted.D and given[:2] == wanted[:2] and above.gives_depth:
                options = _depths(layer, given.D, wanted.D)
            elif given.D == wanted.D and not above.is_shared:
                options = _windows(layer, given)
            for field, value, amount in options:
                change = Change(above.at, field, value, amount)
                fitting = self.follow(change) if field == "K" else self.alone(change)
                if fitting:
                    yield fitting

    def alone(self, change: Change) -> Change | None:
        """The change, if no layer fits less with it and the join does."""
        allowed = self.trials.base.errors.keys() - {self.index}
        volumes = self.trials.attempt([*self.before, change], "local", allowed)
        return None if volumes is None else change

    def shapes(self, change: Change) -> Sequence[Shapes | None]:
        """Those of the inputs of all layers with a change; empty where the join does not fit."""
        last = len(self.trials.blueprint.layers) - 1
        found = self.trials.infer_until(last, [*self.before, change])
        return () if self.index in found.errors else found.in_shapes

    def follow(self, change: Change) -> Change | None:
        """The change, with K of the depthwise layers that must follow; None if it does not fit."""
        for _ in range(_FOLLOWERS):
            found = self.trials.infer_until(self.index, [*self.before, change])
            wrong = found.errors.keys() - self.errors
            if not wrong:
                return change
            at = min(wrong)
            layer: Any = self.trials.blueprint.layers[at].layer
            shapes = found.in_shapes[at]
            before = self.trials.base.in_shapes[at]
            if at == self.index or not _is_depthwise(layer) or not shapes or not before:
                return None
            if not isinstance(layer.K, int):
                return None
            K = Fraction(layer.K * shapes[0].D, before[0].D)
            setting = Setting(at, "K", int(K))
            if K.denominator > 1 or setting in change.also:
                return None
            change = change._replace(also=(*change.also, setting))
        return None


def _depths(layer: Any, given: int, wanted: int) -> list[_Option]:
    """Numbers of filters with which a branch may become as deep as is wanted."""
    K = getattr(layer, "K", None)
    if not isinstance(K, int):
        return []
    ratio = Fraction(K * wanted, given)
    choices = [wanted, K + wanted - given, *([int(ratio)] if ratio.denominator == 1 else [])]
    values = [value for value in dict.fromkeys(choices) if value > 0 and value != K]
    return [("K", value, Fraction(abs(value - K), K)) for value in values]


def _windows(layer: Any, given: Volume) -> Iterator[_Option]:
    """Strides, extents and paddings with which a branch's map may become another one."""
    S, F, P = (getattr(layer, name, None) for name in "SFP")
    if isinstance(S, Extent):
        for value in dict.fromkeys((*map(_square, _STRIDES), Extent(S.H, S.W))):
            if value != S:
                yield "S", value, Fraction(abs(max(value) - max(S)), max(S))
    if isinstance(F, Extent):
        for value in dict.fromkeys((*map(_square, _EXTENTS), Extent(F.H, F.W))):
            if value != F:
                yield "F", value, Fraction(abs(max(value) - max(F)), max(F))
    if hasattr(layer, "P") and isinstance(F, Extent):
        written = P if isinstance(P, Padding) else Padding()
        side = min(given[:2])
        for number in range(min(max(F), _PADDINGS)):
            sides = Padding(number, number, number, number)
            if sides != P:
                yield "P", sides, Fraction(abs(number - max(written)), side)
        if P != "same":
            yield "P", "same", Fraction(max(F), side)


def _square(side: int) -> Extent:
    return Extent(side, side)
