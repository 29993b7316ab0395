"""What is wrong with a network, and fixes that are tried on the whole of it before they are named.

Faults are gone through from the top. A change is listed as a fix if the fault is gone with it, no
fault is new, and together with the first fix of every other fault the whole network fits. A fault
that goes away with the fixes of one above it was its mere consequence, and is not reported.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from cnncli.errors import Edit, Fix, Place
from cnncli.layers.base import Layer
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.input import Input

from .candidates import Change, candidates
from .walk import Blueprint, Walk, walk

_STEPS = 40_000
"""How many layers are tried in all; faults beyond that are reported without fixes."""
_SIZES = 64
"""How far from the written input size another one is looked for."""
_SIZE_STEPS = 10_000
"""How many layers are tried for it; a deep network gets fewer sizes."""
SCORES = -1
"""The fault that the network ends in another volume than the class scores."""

_ORDER = ("P", "fit", "size", "F", "S", "groups", "K")
"""Which of equally large changes comes first."""
_MILD = (("P", "fit"), ("F", "S", "groups", "K"), ("size",))
"""Kinds of changes, from those of a layer's rim to that of everything."""


class Finding(NamedTuple):
    """A layer at fault, and the changes that mend it, the smallest first."""

    at: int
    fixes: tuple[Fix, ...]


class _Tried(NamedTuple):
    change: Change
    output: Volume
    alone: frozenset[int]
    """The faults that are left with it."""
    after: frozenset[int]
    """Those that are left with it and the first fixes of the faults above."""


Changed = dict[int, Layer | None]


@dataclass
class Doctor:
    """Tries changes on a network; `ends_wrong` tells whether a walk ends in other scores."""

    blueprint: Blueprint
    base: Walk
    ends_wrong: Callable[[Walk], bool]
    steps_left: int = _STEPS
    _sites: dict[Place, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for index, written in enumerate(self.blueprint.layers):
            self._sites[written.place].append(index)

    def findings(self) -> list[Finding]:
        """Every fault that is no consequence of another, from the top, with its fixes."""
        kept, causes, left = self._gone_through()
        for index, tried in kept.items():
            kept[index] = [each for each in tried if self._adds_none(each, kept, causes)]
        return [
            *(
                Finding(index, tuple(self._fix(each) for each in tried))
                for index, tried in sorted(self._together(kept, causes).items())
            ),
            *(Finding(SCORES, ()) for _ in left & {SCORES}),
        ]

    def _gone_through(self) -> tuple[dict[int, list[_Tried]], dict[int, int], frozenset[int]]:
        """The faults with their changes, the consequences with their causes, and what is left."""
        faults = current = self._faults(self.base)
        chosen: list[Change] = []
        kept: dict[int, list[_Tried]] = {}
        causes: dict[int, int] = {}
        while at := sorted(current - kept.keys() - {SCORES}):
            tried = self._tried(at[0], faults, current, chosen)
            kept[at[0]] = tried
            if tried:
                chosen.append(tried[0].change)
                causes |= dict.fromkeys(current - tried[0].after - {at[0]}, at[0])
                current = tried[0].after
        return kept, causes, current

    def _adds_none(
        self, each: _Tried, kept: dict[int, list[_Tried]], causes: dict[int, int]
    ) -> bool:
        """Whether what is left with a change would be reported as it is without it."""
        if each.alone.isdisjoint(causes):
            return True
        changed = self._changed([each.change])
        layers = [
            replace(written, layer=changed.get(index, written.layer))
            for index, written in enumerate(self.blueprint.layers)
        ]
        blueprint = replace(self.blueprint, layers=layers)
        inner = Doctor(blueprint, walk(blueprint), self.ends_wrong, self.steps_left)
        reported, _, _ = inner._gone_through()
        self.steps_left = inner.steps_left
        return reported.keys() <= kept.keys()

    def _together(
        self, kept: dict[int, list[_Tried]], causes: dict[int, int]
    ) -> dict[int, list[_Tried]]:
        """The changes that leave only faults without any fix, beside every other first fix."""
        while True:
            first = {index: tried[0].change for index, tried in kept.items() if tried}
            hopeless = {index for index, tried in kept.items() if not tried} | {SCORES}
            hopeless |= {fault for fault, cause in causes.items() if cause in hopeless}
            passed = {
                index: [each for each in tried if self._works(each, index, first, hopeless)]
                for index, tried in kept.items()
            }
            if all(tried[:1] == passed[index][:1] for index, tried in kept.items()):
                return passed
            kept = passed

    def _works(
        self, each: _Tried, index: int, first: dict[int, Change], hopeless: set[int]
    ) -> bool:
        others = [change for other, change in first.items() if other != index]
        if self._text(each.change) in {self._text(change) for change in others}:
            return False
        return self._faults(self._walk([*others, each.change])) <= hopeless

    def _faults(self, seen: Walk) -> frozenset[int]:
        return seen.faults | {SCORES} if self.ends_wrong(seen) else seen.faults

    def _changed(self, changes: Sequence[Change]) -> Changed:
        """The layers with some changes, each at every layer that has the same text."""
        changed: Changed = {}
        for change in changes:
            written = self.blueprint.layers[change.at]
            for index in self._sites[written.place]:
                layer: Any = changed.get(index, self.blueprint.layers[index].layer)
                if layer is not None:
                    changed[index] = replace(layer, **{change.field: change.value})
        return changed

    def _walk(self, changes: Sequence[Change]) -> Walk:
        """The network with some changes."""
        changed = self._changed(changes)
        self.steps_left -= len(self.blueprint.layers) - min(changed, default=0)
        return walk(self.blueprint, changed, self.base)

    def _tried(
        self, index: int, faults: frozenset[int], current: frozenset[int], chosen: list[Change]
    ) -> list[_Tried]:
        """The changes that remove the fault and add none, alone and with those chosen above.

        A repeated layer has one text: what mends it must do so wherever it is at fault.
        """
        found = []
        same = faults.intersection(self._sites[self.blueprint.layers[index].place])
        taken = {self._text(change) for change in chosen}
        for change in self._candidates(index, same, faults, chosen):
            if self.steps_left < 0:
                break
            if self._text(change) in taken:
                continue
            seen = self._walk([change])
            alone = self._faults(seen)
            if not alone <= faults - same:
                continue
            after = self._faults(self._walk([*chosen, change])) if chosen else alone
            output = seen.steps[index].output
            if output and after <= current - same:
                found.append(_Tried(change, output, alone, after))
        return _by_what_is_left(found)

    def _candidates(
        self, index: int, same: frozenset[int], faults: frozenset[int], chosen: list[Change]
    ) -> list[Change]:
        written, context = self.blueprint.layers[index], self.blueprint.contexts[index]
        if isinstance(written.layer, Input):
            return [Change(index, "size", context.image, Fraction(0))] if context.image else []
        found: list[Change] = []
        for seen in (self.base, self._walk(chosen)) if chosen else (self.base,):
            for repeated in sorted(same):
                in_shapes = seen.steps[repeated].in_shapes
                if in_shapes and len(in_shapes) == 1 and written.layer:
                    (volume,) = in_shapes
                    found += candidates(index, written.layer, context, volume)
        found += self._sizes(index, same, faults)
        distinct = {(change.field, change.value): change for change in reversed(found)}
        return sorted(
            distinct.values(), key=lambda change: (change.amount, _ORDER.index(change.field))
        )

    def _sizes(self, index: int, same: frozenset[int], faults: frozenset[int]) -> list[Change]:
        """The nearest smaller and larger size of the images with which the fault is gone.

        How much they change is seen on the map that the layer gets, like other changes of it.
        """
        first = self.blueprint.layers[0].layer if self.blueprint.layers else None
        if not isinstance(first, Input) or first.size is None or self.blueprint.contexts[0].image:
            return []
        W, H, D = first.size
        found = []
        most = _SIZE_STEPS // len(self.blueprint.layers)
        for sign in (-1, 1):
            for across, down in _distances(W == H)[:most]:
                size = Volume(W + sign * across, H + sign * down, D)
                if min(size) < 1 or self.steps_left < 0:
                    break
                change = Change(0, "size", size, Fraction(0))
                seen = self._walk([change])
                if self._faults(seen) <= faults - same:
                    maps = [each.steps[index].in_shapes for each in (self.base, seen)]
                    before, after = (shapes[0] if shapes else size for shapes in maps)
                    sides = zip(before[:2], after[:2], strict=True)
                    found.append(
                        change._replace(amount=max(Fraction(abs(a - b), b) for b, a in sides))
                    )
                    break
        return found

    def _text(self, change: Change) -> tuple[Place, str]:
        """Where in the file a change is written; two first fixes never meet there."""
        return self.blueprint.layers[change.at].place, change.field

    def _fix(self, tried: _Tried) -> Fix:
        index, name, value, _, note = tried.change
        written = self.blueprint.layers[index]
        shown = "INPUT" if name == "size" else name
        site = written.site
        overridden = name in written.places and written.places[name].line is None
        edit = Edit(site.path, site.offset, name, value) if site and not overridden else None
        return Fix(f"{shown}: {value}", str(tried.output), note, edit)


def _by_what_is_left(found: list[_Tried]) -> list[_Tried]:
    """Those with which no more faults are left than there need be, the most local ones first.

    What the mildest kind of change takes away with the fault was a consequence of it. A change that
    leaves even less (another size of the images may do so) mends independent faults as well.
    """
    for kind in _MILD:
        if left := [each.after for each in found if each.change.field in kind]:
            least = min(left, key=len)
            fitting = [each for each in found if each.after <= least]
            return sorted(fitting, key=lambda each: each.after != least)
    return []


def _distances(square: bool) -> list[tuple[int, int]]:
    """By how much a size may change across and down, the smallest first."""
    if square:
        return [(d, d) for d in range(1, _SIZES + 1)]
    near = [(a, d) for a in range(_SIZES // 4 + 1) for d in range(_SIZES // 4 + 1)]
    return sorted(near, key=lambda pair: (max(pair), sum(pair)))[1:]
