"""How unusual a network is with a change: the one that makes it more usual likely undoes a fault."""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import log2
from typing import TYPE_CHECKING, Any

from cnncli.geometry import Extent, Padding, Volume, reach
from cnncli.layers.pool import Pool
from cnncli.layers.windows import Windowed

from .candidates import Change, Substitute

if TYPE_CHECKING:
    from .trials import Trials

USUAL_SIDES = {224: 0, 32: 0, 28: 0.5, 227: 0.5, 256: 0.5, 299: 0.5}
USUAL_SIDES |= dict.fromkeys((64, 96, 128, 320, 384, 416, 512), 1)
"""Sides of images that published networks are made for, and how rare they are."""
_FILTERS = {1: 0, 3: 0, 5: 1, 7: 1, 2: 2, 4: 2, 9: 2, 11: 2}
_WINDOWS = {2: 0, 3: 0, 7: 2, 8: 2, 4: 2}
_STRIDES = {1: 0, 2: 0.5, 4: 2}
_STRANGE = 6
_BOLD = {"size": 1.5, "fit": 1.75, "groups": 2, "from": 2, "kind": -_STRANGE}
"""Hyperparameters that are rather not at fault; another family than is meant rather is."""
_SMALL = 20
"""An image that is smaller is one of figures at most."""
_LONGEST = 4
"""Images whose sides differ by a larger factor are rare."""
_LAST_MAP = 7
"""The side of the map that networks usually end with, before it becomes scores."""


class Habits:
    """What occurs in a network, each text once, and how unusual changes of it are."""

    def __init__(self, trials: "Trials") -> None:
        self.trials = trials
        layers = [written.layer for written in trials.blueprint.layers]
        texts = {(trials.text(at), _window(layer)): layer for at, layer in enumerate(layers)}
        self._windows = Counter(_window(layer) for layer in texts.values())
        self._values: Counter[Any] = Counter()
        self._ratios: Counter[Any] = Counter()
        constants = set()
        for at, layer in enumerate(layers):
            for field in ("K", "groups", "F", "S", "P"):
                value = getattr(layer, field, None)
                constant = trials.constant(at, field)
                if value is not None and (constant, field) not in constants:
                    constants.add((constant, field))
                    self._values[layer.kind, field, value] += 1
            ratio = self._ratio(at, layer, {})
            if ratio:
                self._ratios[trials.text(at), ratio] += 1

    def strangeness(self, change: Change, volumes: Mapping[int, Volume]) -> float:
        """How much more unusual the network is with the change; below 0: it is less."""
        if isinstance(change.value, Substitute):
            return _BOLD[change.field]
        trials, layers = self.trials, self.trials.blueprint.layers
        changed: Any = trials.apply([change])
        texts = {trials.text(at): at for at in changed}
        found = 0.0
        for at in texts.values():
            found += self._oddity(changed[at], change.field, at, False) / len(texts)
            found -= self._oddity(layers[at].layer, change.field, at, True) / len(texts)
        found += self._depths(changed, volumes) + _BOLD.get(change.field, 0)
        if change.field not in ("K", "groups"):
            found += self._maps(changed, volumes, 2 if change.field == "size" else 1)
        if change.field == "size" and _odd_size(layers[0].layer.size) <= 2:
            found += abs(log2(change.value.W / layers[0].layer.size.W))
        return found

    def _oddity(self, layer: Any, field: str, at: int, is_there: bool) -> float:
        """How unusual a hyperparameter is; is_there: whether the layer is one of the file's."""
        if field == "size":
            return _odd_size(layer.size)
        if field == "fit":
            return 0
        old: Any = self.trials.blueprint.layers[at].layer
        occurs = self._values[layer.kind, field, getattr(layer, field)] > is_there
        if field == "K":
            return _odd_depth(layer.K) + (0 if occurs else 2)
        if field == "groups":
            return 0 if occurs else 3
        if not isinstance(layer, Windowed):
            is_none = field == "P" and layer.P == Padding() and not hasattr(layer, "F")
            return 0 if occurs or is_there or is_none else _STRANGE
        elsewhere = self._windows[_window(layer)] > is_there
        found = _odd_window(layer) - 3 * elsewhere + (0 if occurs else 1)
        if field == "F":
            found += self._odd_filter(layer, at)
            if layer.F == (1, 1) and not is_there and _FILTERS.get(min(old.F), _STRANGE) <= 2:
                found += _STRANGE
        if layer.F == "global" and field == "F":
            found += 2 * _STRANGE if self._is_before_windows(at) else -2
        return found

    def _odd_filter(self, layer: Any, at: int) -> float:
        """1x1 is for more or fewer channels, and larger filters for about as many."""
        ratio = self._ratio(at, layer, {})
        if ratio is None:
            return 0
        is_one, squeezes = layer.F == (1, 1), ratio >= 3 or ratio <= Fraction(1, 2)
        if getattr(layer, "groups", 1) == "depthwise":
            return 4 * is_one
        return 1.5 * (squeezes and not is_one) + 0.5 * (is_one and not squeezes)

    def _is_before_windows(self, at: int) -> bool:
        """Whether what a layer gives is looked at through windows again."""
        blueprint = self.trials.blueprint
        while readers := blueprint.readers[at]:
            at = readers[0]
            layer: Any = blueprint.layers[at].layer
            if layer is None or layer.is_join:
                return layer is not None and layer.kind != "MUL"
            if isinstance(layer, Windowed) and layer.F != (1, 1):
                return bool(layer.F != "global")
        return False

    def _depths(self, changed: Mapping[int, Any], volumes: Mapping[int, Volume]) -> float:
        """How unusual the ratios are of filters to channels where they change."""
        blueprint, base = self.trials.blueprint, self.trials.base
        deeper = [
            at for at, v in volumes.items() if not base.volumes[at] or v.D != base.volumes[at].D
        ]
        touched = {at for at, layer in changed.items() if hasattr(layer, "K")}
        touched |= {reader for at in deeper for reader in blueprint.readers[at]}
        found: dict[Any, float] = {}
        for at in sorted(touched):
            layer = blueprint.layers[at].layer
            new = self._ratio(at, changed.get(at, layer), volumes)
            old = self._ratio(at, layer, {})
            if new and old and new != old:
                text = self.trials.text(at)
                odd = self._odd_ratio(text, new, False) - self._odd_ratio(text, old, True)
                found.setdefault(text, odd)
        return sum(list(found.values())[:4])

    def _odd_ratio(self, text: Any, ratio: Fraction, is_there: bool) -> float:
        odd = 0 if ratio in (1, 2, 4, Fraction(1, 2), Fraction(1, 4)) else 1
        odd += max(ratio, 1 / ratio) > 8
        if min(ratio.numerator, ratio.denominator) > 1:
            odd += 1
        return odd - 2 * (self._ratios[text, ratio] > is_there)

    def _ratio(self, at: int, layer: Any, volumes: Mapping[int, Volume]) -> Fraction | None:
        """Filters for each channel that a convolution reads."""
        sources = self.trials.blueprint.sources[at]
        if not isinstance(layer, Windowed) or not hasattr(layer, "K") or len(sources) != 1:
            return None
        volume = volumes.get(sources[0]) or self.trials.base.volumes[sources[0]]
        return Fraction(layer.K, volume.D) if volume else None

    def _maps(
        self, changed: Mapping[int, Any], volumes: Mapping[int, Volume], weight: int
    ) -> float:
        """How unusual the maps are: the last one, and those that strides do not just divide."""
        base = self.trials.base
        found = weight * (self._odd_last_map(volumes) - self._odd_last_map({}))
        for at, layer in changed.items():
            source = self.trials.blueprint.sources[at][:1]
            before = source and (volumes.get(source[0]) or base.volumes[source[0]])
            after = volumes.get(at) or base.volumes[at]
            if before and after and isinstance(layer, Windowed) and layer.F != "global":
                S = layer.S.W
                return found + 2 * (before.W % S == 0 and after.W != before.W // S)
        return found

    def _odd_last_map(self, volumes: Mapping[int, Volume]) -> float:
        """How far the smallest map, of more than a place, is from the usual one."""
        known = enumerate(self.trials.base.volumes)
        sides = [v.W for at, old in known if (v := volumes.get(at) or old) and v.W > 1]
        return abs(log2(min(sides, default=1) / _LAST_MAP))


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
    F, S, P = layer.F, layer.S, _padding(layer)
    is_pool = isinstance(layer, Pool)
    if F == "global":
        return 0
    found = max((_WINDOWS if is_pool else _FILTERS).get(side, _STRANGE) for side in F)
    found += max(_STRIDES.get(side, _STRANGE) for side in S)
    found += (F.W != F.H) + 3 * (S.W != S.H)
    if max(S.W - F.W, S.H - F.H) > (0 if is_pool else 1):
        found += 4
    if P == "same":
        return found + 1.5
    extent = reach(F, layer.dilation)
    half = Extent(extent.W // 2, extent.H // 2)
    if P.left != P.right or P.top != P.bottom:
        return found + (1.5 if max(P) - min(P) < 2 else 3)
    if P == Padding():
        return found + (not is_pool)
    if is_pool:
        return found + (1 if P.left <= half.W and P.top <= half.H else 5)
    if (P.left, P.top) == half:
        return found
    return found + (2 if P.left <= half.W and P.top <= half.H else 5)


def _odd_size(size: Volume) -> float:
    """Of images; anything deeper has any size."""
    if size.D not in (1, 3):
        return 2
    shorter, longer = sorted(size[:2])
    found = 0 if shorter == longer else 1 if longer <= _LONGEST * shorter else 3
    return found + USUAL_SIDES.get(longer, 1.5) + 4 * (shorter < _SMALL)


def _odd_depth(K: int) -> float:
    return 0 if K % 16 == 0 else 1 if K % 8 == 0 or K in (10, 100, 1000) else 3
