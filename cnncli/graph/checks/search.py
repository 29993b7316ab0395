"""Single changes, anywhere in the file, with which the whole network fits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import Layer
from cnncli.layers.input import Input
from cnncli.layers.windows import Windowed

from .candidates import WHOLE_CROP, Change, is_padding_of
from .habits import USUAL_SIDES, Habits
from .trials import LEAST_USUAL_SHARE, Trials

CURE = -3
"""How much more usual a network becomes with a change that likely undoes a fault."""


_WORST = 4
"""How unusual a change elsewhere may make a network."""


_OWN = 4
"""How many changes of the layer with the problem come before those of others that are usual."""


class Single(NamedTuple):
    """A change that mends everything; how unusual it is, and how far from the problem."""

    change: Change
    strangeness: float
    distance: int
    number: int | None = None
    """Among the changes of the layer with the problem, the smallest first."""

    @property
    def rank(self) -> tuple[float, ...]:
        """What undoes something strange comes first, then the layer's own changes, then others."""
        if self.strangeness <= CURE:
            return 0, self.strangeness, self.distance
        if self.number is not None:
            return 1, self.number
        if self.strangeness <= 0:
            return 1, _OWN - 0.5, self.strangeness, self.distance
        return 2, self.strangeness, self.distance


def search(trials: Trials, local: Sequence[Change], alike: int) -> list[Single]:
    """Every change of one value that mends everything, the likeliest first.

    local: changes of the layer with the first problem. alike: how many layers have a
    remaining place, which one `fit` for the whole file crops.
    """
    problem = min(trials.base.errors)
    found: dict[Any, Single] = {}
    habits = Habits(trials)
    if alike > 1 and trials.attempt([WHOLE_CROP], "single") is not None:
        change = WHOLE_CROP._replace(note=f"{alike} layers do not fit alike")
        found[WHOLE_CROP] = Single(change, -inf, 0)
    elsewhere = sorted(_changes(trials, problem), key=lambda c: _distance(trials, c, problem))
    for number, change in enumerate((*local, *elsewhere)):
        key = trials.constant(change.at, change.field), change.constant
        if key in found or trials.budget["single"] < 0:
            continue
        if (volumes := trials.attempt([change], "single")) is not None:
            distance = _distance(trials, change, problem)
            found[key] = Single(
                change,
                habits.strangeness(change, volumes),
                distance,
                number if number < len(local) else None,
            )
    listed = [
        each for each in found.values() if each.number is not None or each.strangeness <= _WORST
    ]
    if any(each.change.is_order for each in listed):
        near = [each for each in listed if each.number is not None]
        return sorted(near, key=lambda each: (not each.change.is_order, each.number))
    return sorted(listed, key=lambda each: each.rank)


def _distance(trials: Trials, change: Change, problem: int) -> int:
    return min(abs(at - problem) for at in trials.holders(change.at, change.field))


def _ancestors(trials: Trials, problem: int) -> list[int]:
    """The layer and all that it depends on, the nearest first."""
    found = {problem}
    waiting = [problem]
    while waiting:
        for source in trials.blueprint.sources[waiting.pop()]:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return sorted(found, reverse=True)


def _changes(trials: Trials, problem: int) -> Iterator[Change]:
    layers = [written.layer for written in trials.blueprint.layers]
    seen: set[Any] = set()
    pools = _pools(trials, problem)
    fields = _fields(trials, problem)
    is_own = trials.blueprint.completed[problem][1] is not None
    for at in [problem] if is_own else _ancestors(trials, problem):
        layer: Any = layers[at]
        if layer is None or trials.blueprint.layers[at].is_shared:
            continue
        if trials.blueprint.layers[at].asks and trials.base.layers[at] is None:
            continue  # what it asks for is no value of its hyperparameter
        for field in fields:
            if not hasattr(layer, field) or getattr(layer, field) is None and field != "P":
                continue
            key = trials.constant(at, field)
            if key in seen:
                continue
            seen.add(key)
            for value in _values(field, layer, pools):
                change = Change(at, field, value, Fraction(1))
                if value != getattr(layer, field) and (written := trials.written(change)):
                    yield written


def _fields(trials: Trials, problem: int) -> list[str]:
    """The hyperparameters that a problem may come from: of windows, of depths, or of both."""
    error = trials.base.errors[problem]
    layer: Any = trials.blueprint.layers[problem].layer
    shapes = trials.base.in_shapes[problem] or ()
    windows, depths = ["F", "S", "P"], ["K", "groups"]
    if layer.is_join and len(shapes) > 1:
        maps, deep = {shape[:2] for shape in shapes}, {shape.D for shape in shapes}
        found = windows * (len(maps) > 1) + depths * (len(deep) > 1)
    elif error.field in depths:
        found = depths
    elif error.field in windows:
        found = windows
    else:
        found = windows + depths
    image = trials.blueprint.contexts[0].image
    return found if image else [*found, "size"]


def _pools(trials: Trials, problem: int) -> dict[str, list[Any]]:
    found: dict[str, dict[Any, None]] = {field: {} for field in ("K", "groups", "F", "S", "P")}
    for written in trials.blueprint.layers:
        for field, values in found.items():
            value = getattr(written.layer, field, None)
            if value is not None:
                values[value] = None
    for volume in trials.base.in_shapes[problem] or ():
        found["K"][volume.D] = None
    found["K"] |= dict.fromkeys((16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512))
    found["F"] |= {Extent(n, n): None for n in (1, 2, 3, 4, 5, 7, 11)}
    found["S"] |= {Extent(n, n): None for n in (1, 2, 4)}
    found["P"]["same"] = None
    found["P"] |= {Padding(n, n, n, n): None for n in (0, 1, 2, 3)}
    return {field: list(values) for field, values in found.items()}


def _values(field: str, layer: Any, pools: dict[str, list[Any]]) -> Iterable[Any]:
    if field == "size":
        return _sizes(layer.size)
    if field == "F":
        values = [v for v in pools["F"] if v != "global"]
        return [*values, "global"] if layer.kind == "POOL" else values
    if field == "P":
        return [value for value in pools["P"] if is_padding_of(layer, value)]
    return pools[field]


def _sizes(size: Volume) -> Iterator[Volume]:
    W, H, D = size
    for side in {W, H}:
        yield Volume(side, side, D)
    for side in USUAL_SIDES:
        if side * LEAST_USUAL_SHARE >= max(W, H):
            yield Volume(side, side, D)
    for depth in (1, 3):
        yield Volume(W, H, depth)
