"""Changes tried on a whole network, within a budget of work."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

from cnncli.config.network.rewiring import Wiring
from cnncli.config.specification import Origin
from cnncli.geometry import Volume
from cnncli.graph.shape_inference import Blueprint, Inference, infer_changes, infer_shapes
from cnncli.layers.base import Layer
from cnncli.layers.input import Input
from cnncli.layers.windows import Windowed
from cnncli.problems import Edit

from .candidates import WHOLE_CROP, Change, Setting, Substitute, candidates
from .constants import constant_of, write_constants
from .joins import join_changes
from .orders import input_orders, narrow_windows, window_orders
from .remedies import edit_of
from .resizing import nearest_sizes

Purpose = Literal["single", "local", "sizes", "together"]
_BUDGET: dict[Purpose, int] = {
    "single": 20_000,
    "local": 10_000,
    "sizes": 10_000,
    "together": 10_000,
}
"""How many layers are tried in all: for changes of one value that mend everything, for changes of
layers, for sizes of images, and for all together."""
_INPUTS = 10
"""How many inputs of a layer take about as long as another layer."""
_GENERATING = 150
"""What it costs to look for the changes of one layer."""
_COPIES = 3
"""Of a repeated layer, at how many of its places changes are looked for."""
SCORES = -1
"""The problem that the network ends in another volume than the class scores."""

_ORDER = ("P", "fit", "size", "F", "S", "groups", "K", "kind", "from")
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
    wiring: Wiring
    scores: Change | None = None
    """The change that gives the right number of class scores."""
    budget: dict[Purpose, int] = field(default_factory=_BUDGET.copy)
    """How many layers more may be tried; below 0, something could not be."""
    resizes: bool = True
    """Whether other sizes of the images are tried too."""

    def __post_init__(self) -> None:
        self._copies: dict[Any, list[int]] = defaultdict(list)
        numbers: dict[Any, int] = {}
        self._texts = [
            numbers.setdefault(self.text(index), len(numbers))
            for index in range(len(self.blueprint.layers))
        ]
        for index in range(len(self.blueprint.layers)):
            self._copies[self.text(index)].append(index)
        self._fitting = [
            at
            for at, written in enumerate(self.blueprint.layers)
            if isinstance(written.layer, Windowed) and written.layer.fit is None
        ]
        layers = reversed(self.blueprint.layers)
        costs = (1 + len(written.inputs or ()) // _INPUTS for written in layers)
        self._costs = list(accumulate(costs, initial=0))[::-1]

    @cached_property
    def _dependent(self) -> dict[Origin, list[int]]:
        """The layers of each constant; where it is written is looked for only when it is asked."""
        found: dict[Origin, list[int]] = defaultdict(list)
        for index, written in enumerate(self.blueprint.layers):
            for origin in {each for name in written.origins for each in written.constants(name)}:
                found[origin].append(index)
        return found

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

    def constant(self, setting: Setting | Change) -> Any:
        """The identity of the text that a hyperparameter has its value from."""
        if setting.at == WHOLE_CROP.at:
            return (setting.field,)
        origin = constant_of(setting, self.blueprint.layers)
        return origin or (self.text(setting.at), setting.field)

    def holders(self, setting: Setting | Change) -> list[int]:
        """All layers that depend on the text that a hyperparameter has its value from."""
        if setting.at == WHOLE_CROP.at:
            return self._fitting
        origin = constant_of(setting, self.blueprint.layers)
        return self._dependent[origin] if origin else self.copies(setting.at)

    def attempt(
        self, changes: Sequence[Change], account: Purpose, allowed: Collection[int] = ()
    ) -> dict[int, Volume] | None:
        """The volumes that are others with the changes; None if more than is allowed does not fit.

        What the network ends in is not looked at.
        """
        changed, constants = self.apply(changes), self.constants(changes)
        seen, volumes = infer_changes(self.blueprint, changed, self.base, allowed, constants)
        self.budget[account] -= seen
        return volumes

    def constants(self, changes: Sequence[Change]) -> dict[Origin, Any]:
        """The constants that stand elsewhere than in a layer's text, with their new values."""
        return {
            origin: setting.constant
            for change in changes
            for setting in change.settings
            if (origin := constant_of(setting, self.blueprint.layers))
        }

    def would_crop(self, at: int) -> bool:
        """Whether a layer does not fit by a remainder alone, which `fit: crop` would drop."""
        layer: Any = self.base.layers[at]
        written: Any = self.blueprint.completed[at][0]
        return at in self._fitting and layer == (written and replace(written, fit="crop"))

    def would_halve(self, at: int) -> bool:
        """Whether a layer has size/S places, rounded up, when it is cropped."""
        shapes, volume = self.base.in_shapes[at], self.base.volumes[at]
        layer: Any = self.base.layers[at]
        if not shapes or not volume:
            return False
        sides = zip(shapes[0][:2], layer.S, volume[:2], strict=True)
        return max(layer.S) > 1 and all(-(-side // S) == places for side, S, places in sides)

    def problems(self, seen: Inference) -> Problems:
        return seen.problems | {SCORES} if self.ends_wrong(seen) else seen.problems

    def apply(self, changes: Sequence[Change]) -> Changed:
        """The layers that changes give, by index."""
        changed: Changed = {}
        for setting in (setting for change in changes for setting in change.settings):
            origin = constant_of(setting, self.blueprint.layers)
            known: dict[Any, Any] = {}
            for index in self.holders(setting):
                written = self.blueprint.layers[index]
                layer: Any = changed.get(index, written.layer)
                if layer is None:
                    continue
                same = self._texts[index], layer
                if same not in known:
                    known[same] = (
                        replace(written, layer=layer).with_constant(origin, setting.constant)
                        if origin
                        else setting.of(layer)
                    )
                changed[index] = known[same]
        return changed

    def infer(self, changes: Sequence[Change], account: Purpose | None = None) -> Inference:
        """The shapes of the network with some changes, on one account of the budget or on none.

        Layers with many inputs count more.
        """
        changed = self.apply(changes)
        if account:
            self.budget[account] -= self._costs[min(changed, default=0)]
        constants = self.constants(changes)
        return infer_shapes(self.blueprint, changed, self.base, constants=constants)

    @property
    def is_spent(self) -> bool:
        """Whether no more changes of layers may be tried."""
        return self.budget["local"] < 0

    def infer_until(self, index: int, changes: Sequence[Change]) -> Inference:
        """The same, for a change of a layer, as far as the layer at the index."""
        changed = self.apply(changes)
        first = min(changed, default=0)
        self.budget["local"] -= max(self._costs[first] - self._costs[index + 1], 0)
        constants = self.constants(changes)
        return infer_shapes(self.blueprint, changed, self.base, index + 1, constants)

    def write(self, change: Change) -> Edit | None:
        """The edit of the file that a change is; None where there is none."""
        return edit_of(change, self.holders(change), self.wiring)

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
                found += narrow_windows(index, self.blueprint.completed[index][0], volume)
        if written.layer and written.layer.is_join:
            found += self._branches(index, problems, chosen)
        found += window_orders(index, written.layer)
        found += self._resizes(index, problems) if self.resizes else []
        distinct: dict[tuple[Any, str, Any], Change] = {}
        for change in filter(
            None, (write_constants(each, self.blueprint.layers) for each in found)
        ):
            distinct.setdefault((self.text(change.at), change.field, change.value), change)
        return sorted(
            distinct.values(),
            key=lambda change: (
                change.field == "F" and change.value == (1, 1),  # 1x1 sees no neighbours: last
                change.amount,
                _ORDER.index(change.field),
            ),
        )

    def orders(self, index: int) -> list[Change]:
        """The same numbers in another order, of the layer and of the images' size."""
        first = self.blueprint.layers[0].layer
        found = [*window_orders(index, self.blueprint.layers[index].layer)]
        if isinstance(first, Input) and first.size and not self.blueprint.contexts[0].image:
            found += input_orders(first.size)
        return found

    def _branches(
        self, index: int, problems: Problems, chosen: Sequence[Change]
    ) -> Iterator[Change]:
        """Changes of the branches of a join, as they are, and with what is chosen."""
        for before in ([], chosen) if chosen else ([],):
            for copy in sorted(problems.intersection(self.copies(index)))[:_COPIES]:
                for change in join_changes(self, copy, before):
                    if not isinstance(change.value, Substitute) or self.write(change):
                        yield change

    def _resizes(self, index: int, problems: Problems) -> list[Change]:
        """Other orders of the images' numbers, and the nearest sizes with which a problem is gone.

        How much they change is seen on the map that the layer gets, like other changes of it.
        """
        first, shapes = self.blueprint.layers[0].layer, self.base.in_shapes[index] or ()
        if not isinstance(first, Input) or first.size is None or self.blueprint.contexts[0].image:
            return []
        if len(shapes) > 1 and len({volume[:2] for volume in shapes}) == 1:
            return [*input_orders(first.size)]  # only depths differ
        allowed = problems.difference(self.copies(index))

        def amount(change: Change) -> Fraction | None:
            if self.budget["sizes"] < 0 or self.attempt([change], "sizes", allowed) is None:
                return None
            seen = self.infer([change], "sizes")
            if not self.problems(seen) <= allowed:
                return None
            maps = [each.in_shapes[index] for each in (self.base, seen)]
            before, after = (shapes[0] if shapes else change.value for shapes in maps)
            sides = zip(before[:2], after[:2], strict=True)
            return max(Fraction(abs(a - b), b) for b, a in sides)

        return [*input_orders(first.size), *nearest_sizes(first.size, amount)]
