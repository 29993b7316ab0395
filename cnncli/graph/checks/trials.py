"""Changes tried on a whole network, within a budget of work."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any, Literal

from cnncli.geometry import Volume
from cnncli.graph.shape_inference import Blueprint, Inference, infer_shapes
from cnncli.layers.base import Layer
from cnncli.layers.input import Input

from .candidates import Change, candidates

Purpose = Literal["local", "sizes", "together"]
_BUDGET: dict[Purpose, int] = {"local": 30_000, "sizes": 20_000, "together": 20_000}
"""How many layers are tried in all for changes of layers, sizes of images, and all together."""
_INPUTS = 10
"""How many inputs of a layer take about as long as another layer."""
_GENERATING = 150
"""What it costs to look for the changes of one layer."""
_FARTHEST = 64
"""How far from the written size of the images another one is looked for."""
_COPIES = 3
"""Of a repeated layer, at how many of its places changes are looked for."""
SCORES = -1
"""The problem that the network ends in another volume than the class scores."""

_ORDER = ("P", "fit", "size", "F", "S", "groups", "K")
"""Which of equally large changes comes first."""

Changed = dict[int, Layer | None]
Problems = frozenset[int]


@dataclass
class Trials:
    """A network that is tried with changes; `ends_wrong` says whether it ends in other scores.

    A layer's text may be that of several layers, in repeats and blocks: a change concerns all.
    """

    blueprint: Blueprint
    base: Inference
    ends_wrong: Callable[[Inference], bool]
    scores: Change | None = None
    """The change that gives the right number of class scores."""
    budget: dict[Purpose, int] = field(default_factory=_BUDGET.copy)
    """How many layers more may be tried; below 0, something could not be."""
    resizes: bool = True
    """Whether other sizes of the images are tried too."""

    def __post_init__(self) -> None:
        self._copies: dict[Any, list[int]] = defaultdict(list)
        for index in range(len(self.blueprint.layers)):
            self._copies[self.text(index)].append(index)
        layers = reversed(self.blueprint.layers)
        costs = (1 + len(written.inputs or ()) // _INPUTS for written in layers)
        self._costs = list(accumulate(costs, initial=0))[::-1]

    def text(self, index: int) -> Any:
        """The identity of a layer's text: its place, and its offset in a pattern whose characters
        have no places; of an override, its path in there.
        """
        written = self.blueprint.layers[index]
        offset = written.site.offset if written.site else None
        return written.place, offset if written.place.line else written.site

    def copies(self, index: int) -> list[int]:
        """All layers with the text of this one."""
        return self._copies[self.text(index)]

    def problems(self, seen: Inference) -> Problems:
        return seen.problems | {SCORES} if self.ends_wrong(seen) else seen.problems

    def apply(self, changes: Sequence[Change]) -> Changed:
        """The layers that changes give, by index."""
        changed: Changed = {}
        for change in changes:
            for index in self.copies(change.at):
                layer: Any = changed.get(index, self.blueprint.layers[index].layer)
                if layer is not None:
                    changed[index] = replace(layer, **{change.field: change.value})
        return changed

    def infer(self, changes: Sequence[Change], account: Purpose | None = None) -> Inference:
        """The shapes of the network with some changes, on one account of the budget or on none.

        Layers with many inputs count more.
        """
        changed = self.apply(changes)
        if account:
            self.budget[account] -= self._costs[min(changed, default=0)]
        return infer_shapes(self.blueprint, changed, self.base)

    def within(self, change: Change) -> "Trials":
        """Trials of layers in the network that has the change, on the same budget."""
        changed = self.apply([change])
        layers = [
            replace(written, layer=changed.get(index, written.layer))
            for index, written in enumerate(self.blueprint.layers)
        ]
        blueprint = replace(self.blueprint, layers=layers)
        return replace(self, blueprint=blueprint, base=infer_shapes(blueprint), resizes=False)

    def candidates(self, index: int, problems: Problems, chosen: Sequence[Change]) -> list[Change]:
        """What may mend a layer, the smallest change first: as it is, and with what is chosen."""
        written, context = self.blueprint.layers[index], self.blueprint.contexts[index]
        if isinstance(written.layer, Input):
            return [Change(index, "size", context.image, Fraction(0))] if context.image else []
        found: list[Change] = []
        is_known = self.base.layers[index] or not written.asks
        if written.layer and is_known and not written.is_shared:
            volumes = {
                shapes[0]: None
                for seen in (self.base, *([self.infer(chosen, "local")] if chosen else []))
                for copy in sorted(problems.intersection(self.copies(index)))[:_COPIES]
                if (shapes := seen.in_shapes[copy]) and len(shapes) == 1
            }
            for volume in volumes:
                self.budget["local"] -= _GENERATING
                found += candidates(index, written.layer, context, volume)
        found += self._sizes(index, problems) if self.resizes else []
        distinct: dict[tuple[str, Any], Change] = {}
        for change in found:
            distinct.setdefault((change.field, change.value), change)
        return sorted(
            distinct.values(), key=lambda change: (change.amount, _ORDER.index(change.field))
        )

    def _sizes(self, index: int, problems: Problems) -> list[Change]:
        """The nearest smaller and larger size of the images with which the problem is gone.

        How much they change is seen on the map that the layer gets, like other changes of it.
        """
        first = self.blueprint.layers[0].layer
        if not isinstance(first, Input) or first.size is None or self.blueprint.contexts[0].image:
            return []
        W, H, D = first.size
        same = problems.intersection(self.copies(index))
        found = []
        for sign in (-1, 1):
            for across, down in _distances(W == H):
                size = Volume(W + sign * across, H + sign * down, D)
                if min(size) < 1 or self.budget["sizes"] < 0:
                    break
                seen = self.infer([Change(0, "size", size, Fraction(0))], "sizes")
                if self.problems(seen) <= problems - same:
                    maps = [each.in_shapes[index] for each in (self.base, seen)]
                    before, after = (shapes[0] if shapes else size for shapes in maps)
                    sides = zip(before[:2], after[:2], strict=True)
                    amount = max(Fraction(abs(a - b), b) for b, a in sides)
                    found.append(Change(0, "size", size, amount))
                    break
        return found


def _distances(square: bool) -> list[tuple[int, int]]:
    """By how much a size may change across and down, the smallest first."""
    if square:
        return [(d, d) for d in range(1, _FARTHEST + 1)]
    near = range(_FARTHEST // 8 + 1)
    return sorted(((a, d) for a in near for d in near), key=lambda pair: (max(pair), sum(pair)))[1:]
