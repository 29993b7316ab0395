"""How unusual a network is with a change: what makes it more usual likely undoes a fault.

Points are added for what is rare in published networks, and taken away for what occurs elsewhere in
the same file. They were chosen with one half of the networks of the tests' broken files.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import log2
from typing import TYPE_CHECKING, Any

from cnncli.geometry import Extent, Padding, Volume, reach
from cnncli.layers.pool import Pool
from cnncli.layers.windows import Windowed

from .candidates import Change, Setting, Substitute
from .resizing import USUAL_SIDES

if TYPE_CHECKING:
    from .trials import Trials

_FILTERS: Mapping[int, float] = {1: 0, 3: 0, 5: 1, 7: 1, 2: 2, 4: 2, 9: 2, 11: 2}
_WINDOWS: Mapping[int, float] = {2: 0, 3: 0, 7: 2, 8: 2, 4: 2}
_STRIDES: Mapping[int, float] = {1: 0, 2: 0.5, 3: 1, 4: 2}
"""How rare extents of filters and of pooling, and strides are; others are strange."""
_STRANGE = 6.0
_BOLD = {"size": 1.5, "fit": 1.75, "groups": 2, "from": 2, "kind": -_STRANGE}
"""Hyperparameters that are rather not at fault; another family than is meant rather is."""
_SMALL = 20
"""An image that is smaller is one of figures at most."""
_DEEP = 4
"""Layers with windows of a network that is no example, of which anything may be meant."""
_LONG = 4
"""Images whose sides differ by a larger factor are rare."""
_LAST_MAP = 7
"""The side of the map that networks usually end with, before it becomes scores."""
_RATIOS = (1, 2, 4, Fraction(1, 2), Fraction(1, 4))
"""Of filters to channels."""
_WIDE_RATIO = 8
_COUNTED = 4
"""Of how many texts the ratios are counted: one value may change those of many."""


class Habits:
    """What occurs in a network, each constant once, and how unusual changes of it are."""

    def __init__(self, trials: "Trials") -> None:
        self._trials = trials
        layers: list[Any] = [written.layer for written in trials.blueprint.layers]
        self.is_deep = sum(isinstance(layer, Windowed) for layer in layers) >= _DEEP
        texts = {(trials.text(at), _window(layer)): layer for at, layer in enumerate(layers)}
        self._windows = Counter(_window(layer) for layer in texts.values())
        self._values: Counter[Any] = Counter()
        self._ratios: Counter[Any] = Counter()
        counted = set()
        for at, layer in enumerate(layers):
            for field in ("K", "groups", "F", "S", "P"):
                value = getattr(layer, field, None)
                constant = trials.constant(Setting(at, field, value)), field
                if value is not None and constant not in counted:
                    counted.add(constant)
                    self._values[layer.kind, field, value] += 1
            if ratio := self._ratio(at, layer, {}):
                self._ratios[trials.text(at), ratio] += 1

    def strangeness(self, change: Change, volumes: Mapping[int, Volume]) -> float:
        """How much more unusual the network is with the change; below 0: it is less.

        volumes: the outputs that are others with it.
        """
        bold = _BOLD.get(change.field, 0)
        if isinstance(change.value, Substitute):
            return bold
        layers: list[Any] = [written.layer for written in self._trials.blueprint.layers]
        changed: Mapping[int, Any] = self._trials.apply([change])
        if change.field == "size":
            old, new = layers[0].size, change.value
            before, after = _odd_size(old, self.is_deep), _odd_size(new, self.is_deep)
            growth = abs(log2(new.W / old.W)) if before <= 2 else 0
            odd = after - before + growth
            return bold + odd + 2 * self._odd_maps(volumes) + self._odd_depths(changed, volumes)
        found = bold + self._odd_depths(changed, volumes)
        texts = {self._trials.text(at): at for at in changed}
        for at in texts.values():
            new = self._oddity(changed[at], change.field, at, False)
            found += (new - self._oddity(layers[at], change.field, at, True)) / len(texts)
        if change.field not in ("K", "groups"):
            found += self._odd_maps(volumes) + self._odd_places(changed, volumes)
        return found

    def _oddity(self, layer: Any, field: str, at: int, is_there: bool) -> float:
        """How unusual a hyperparameter is; is_there: whether it is the one of the file."""
        if field == "fit":
            return 0
        occurs = self._values[layer.kind, field, getattr(layer, field)] > is_there
        if field == "K":
            return _odd_depth(layer.K) + (0 if occurs else 2)
        if field == "groups":
            return 0 if occurs else 3
        if not isinstance(layer, Windowed):
            is_none = field == "P" and not hasattr(layer, "F") and not any(layer.P)
            return 0 if occurs or is_there or is_none else _STRANGE
        elsewhere = self._windows[_window(layer)] > is_there
        found = _odd_window(layer) - 3 * elsewhere + (0 if occurs else 1)
        return found + (self._odd_filter(layer, at, is_there) if field == "F" else 0)

    def _odd_filter(self, layer: Any, at: int, is_there: bool) -> float:
        """1x1 is for more or fewer channels, larger ones for about as many; global at the end."""
        if layer.F == "global":
            return 2 * _STRANGE if self._is_before_windows(at) else -2
        old: Any = self._trials.blueprint.layers[at].layer
        is_one: bool = layer.F == (1, 1)
        shrinks = is_one and not is_there and _FILTERS.get(min(old.F), _STRANGE) <= 2
        found: float = _STRANGE if shrinks else 0
        ratio = self._ratio(at, layer, {})
        if ratio is None:
            return found
        if getattr(layer, "groups", 1) == "depthwise":
            return found + 4 * is_one
        squeezes = ratio >= 3 or ratio <= Fraction(1, 2)
        return found + (1.5 * (not is_one) if squeezes else 0.5 * is_one)

    def _is_before_windows(self, at: int) -> bool:
        """Whether what a layer gives is looked at through windows again."""
        blueprint = self._trials.blueprint
        while readers := blueprint.readers[at]:
            at = readers[0]
            layer: Any = blueprint.layers[at].layer
            if layer is None or layer.is_join:
                return layer is not None and bool(layer.kind != "MUL")
            if isinstance(layer, Windowed) and layer.F != (1, 1):
                return layer.F != "global"
        return False

    def _odd_depths(self, changed: Mapping[int, Any], volumes: Mapping[int, Volume]) -> float:
        """How unusual the ratios of filters to channels become."""
        blueprint, base = self._trials.blueprint, self._trials.base
        touched = {at for at, layer in changed.items() if hasattr(layer, "K")}
        for at, volume in volumes.items():
            before = base.volumes[at]
            if before is None or before.D != volume.D:
                touched |= set(blueprint.readers[at])
        found: dict[Any, float] = {}
        for at in sorted(touched):
            layer = blueprint.layers[at].layer
            new, old = self._ratio(at, changed.get(at, layer), volumes), self._ratio(at, layer, {})
            if new and old and new != old:
                text = self._trials.text(at)
                odd = self._odd_ratio(text, new, False) - self._odd_ratio(text, old, True)
                found.setdefault(text, odd)
        return sum(list(found.values())[:_COUNTED])

    def _odd_ratio(self, text: Any, ratio: Fraction, is_there: bool) -> float:
        odd = (ratio not in _RATIOS) + (max(ratio, 1 / ratio) > _WIDE_RATIO)
        is_broken = min(ratio.numerator, ratio.denominator) > 1
        return odd + is_broken - 2 * (self._ratios[text, ratio] > is_there)

    def _ratio(self, at: int, layer: Any, volumes: Mapping[int, Volume]) -> Fraction | None:
        """Filters for each channel that a convolution reads."""
        sources = self._trials.blueprint.sources[at]
        if not isinstance(layer, Windowed) or not hasattr(layer, "K") or len(sources) != 1:
            return None
        volume = volumes.get(sources[0]) or self._trials.base.volumes[sources[0]]
        return Fraction(layer.K, volume.D) if volume else None

    def _odd_maps(self, volumes: Mapping[int, Volume]) -> float:
        """How much further the smallest map, of more than a place, is from the usual one."""

        def distance(others: Mapping[int, Volume]) -> float:
            known = enumerate(self._trials.base.volumes)
            sides = [v.W for at, old in known if (v := others.get(at) or old) and v.W > 1]
            return abs(log2(min(sides, default=1) / _LAST_MAP))

        return distance(volumes) - distance({})

    def _odd_places(self, changed: Mapping[int, Any], volumes: Mapping[int, Volume]) -> float:
        """Whether a stride that divides the map gives another number of places than that."""
        base = self._trials.base
        for at, layer in changed.items():
            source = self._trials.blueprint.sources[at][:1]
            before = (volumes.get(source[0]) or base.volumes[source[0]]) if source else None
            after = volumes.get(at) or base.volumes[at]
            if before and after and isinstance(layer, Windowed) and layer.F != "global":
                places, remainder = divmod(before.W, layer.S.W)
                return 2 * (not remainder and places != after.W)
        return 0


def _window(layer: Any) -> Any:
    """What layers with equal windows have in common."""
    return (layer.kind, layer.F, layer.S, _padding(layer)) if isinstance(layer, Windowed) else None


def _padding(layer: Any) -> Any:
    """Its P, or what it is where it is not given."""
    F, P = layer.F, layer.P
    if P is not None or F == "global":
        return P
    across, down = (side // 2 for side in reach(F, layer.dilation))
    return Padding(across, across, down, down)


def _odd_window(layer: Any) -> float:
    """How unusual F, S and P are together."""
    F, S, is_pool = layer.F, layer.S, isinstance(layer, Pool)
    if F == "global":
        return 0
    known = _WINDOWS if is_pool else _FILTERS
    found: float = max(known.get(side, _STRANGE) for side in F)
    found += max(_STRIDES.get(side, _STRANGE) for side in S)
    found += (F.W != F.H) + 3 * (S.W != S.H)
    skips: int = max(S.W - F.W, S.H - F.H)
    return found + 4 * (skips > (0 if is_pool else 1)) + _odd_padding(layer, is_pool)


def _odd_padding(layer: Any, is_pool: bool) -> float:
    P = _padding(layer)
    if P == "same":
        return 1.5
    if P.left != P.right or P.top != P.bottom:
        return 1.5 if max(P) - min(P) < 2 else 3
    if not any(P):
        return 0 if is_pool else 1
    extent = reach(layer.F, layer.dilation)
    half = Extent(extent.W // 2, extent.H // 2)
    if P.left > half.W or P.top > half.H:
        return 5
    return 1 if is_pool else 0 if (P.left, P.top) == half else 2


def _odd_size(size: Volume, is_deep: bool) -> float:
    """Of images; anything deeper has any size, and small ones are for examples of few layers."""
    if size.D not in (1, 3):
        return 2
    shorter, longer = sorted(size[:2])
    found = 0 if shorter == longer else 1 if longer <= _LONG * shorter else 3
    return found + USUAL_SIDES.get(longer, 1.5) + 4 * (is_deep and shorter < _SMALL)


def _odd_depth(K: int) -> float:
    return 0 if K % 16 == 0 else 1 if K % 8 == 0 or K in (10, 100, 1000) else 3
