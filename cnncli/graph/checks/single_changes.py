"""Single changes, anywhere in the file, with which the whole network fits."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple

from cnncli.config.specification import LayerSpec, Origin
from cnncli.geometry import Extent, Padding
from cnncli.layers.base import LayerError
from cnncli.layers.input import Input
from cnncli.layers.merge import Add
from cnncli.layers.windows import Windowed, size_keeping_padding

from .candidates import WHOLE_CROP, Change, Substitute, is_padding_of
from .constants import write_constants
from .habits import Habits
from .resizing import usual_sizes
from .trials import Trials

CURE = -3
"""How much more usual a network becomes with a change that likely undoes a fault."""
_WORST = 4
"""How unusual a change elsewhere may make a network."""
_FACTORS = (1, 2, 3, 4, 6, 8)
"""What is multiplied with in published networks: widths, expansions, reductions."""
_OWN = 5
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


def single_changes(trials: Trials) -> list[Single]:
    """Every change of one value that mends everything, the likeliest first.

    The layer's own changes are not looked for where another one undoes a fault, but a sum may get a
    layer in one of its branches. Of other sizes of the images there is one, unless the written one
    is strange.
    """
    problem = min(trials.base.errors)
    elsewhere = sorted(_changes(trials, problem), key=lambda c: _distance(trials, c, problem))
    found = _Found(trials, problem)
    found.try_all([*trials.orders(problem), *elsewhere])
    may_insert = isinstance(trials.blueprint.layers[problem].layer, Add)
    own = trials.candidates(problem, trials.problems(trials.base), [])
    if found.whole_crop(own) or may_insert or not found.is_cured:
        found.try_all(own, are_own=True)
    return found.listed()


class _Found:
    """The changes that mend everything, by where they are written and what."""

    def __init__(self, trials: Trials, problem: int) -> None:
        self._trials, self._problem = trials, problem
        self._habits = Habits(trials)
        self._singles: dict[Any, Single] = {}

    @property
    def is_cured(self) -> bool:
        singles = self._singles.values()
        return any(each.strangeness <= CURE and not each.change.is_order for each in singles)

    def try_all(self, changes: Iterable[Change], are_own: bool = False) -> None:
        """are_own: of the layer with the problem, the smallest first."""
        trials = self._trials
        for number, change in enumerate(changes):
            key = trials.constant(change), change.constant
            own = number if are_own else None
            if key in self._singles:
                self._singles[key] = self._singles[key]._replace(number=own)
            elif trials.budget["single"] >= 0:
                volumes = trials.attempt([change], "single")
                if volumes is not None:
                    strangeness = self._habits.strangeness(change, volumes)
                    if not self._habits.is_deep and not isinstance(change.value, Substitute):
                        strangeness = max(strangeness, CURE + 1)  # an example undoes nothing
                    distance = _distance(trials, change, self._problem)
                    self._singles[key] = Single(change, strangeness, distance, own)

    def whole_crop(self, own: Sequence[Change]) -> bool:
        """Whether `fit: crop` for the whole file mends it: several layers do not fit alike.

        own: changes of the layer with the problem. Where one of its rim mends everything, the
        others only follow from it, if they do not just halve their map and round.
        """
        trials = self._trials
        alike = [at for at in trials.base.errors if trials.would_crop(at)]
        if len(alike) < 2 or trials.attempt([WHOLE_CROP], "single") is None:
            return False
        if sum(map(trials.would_halve, alike)) < 2:
            rim = (change for change in own if change.field in ("P", "fit"))
            if any(trials.attempt([each], "single") is not None for each in rim):
                return False
        change = WHOLE_CROP._replace(note=f"{len(alike)} layers do not fit alike")
        self._singles[WHOLE_CROP] = Single(change, -inf, 0)
        return True

    def listed(self) -> list[Single]:
        singles = self._singles.values()
        usual = [e for e in singles if e.number is not None or e.strangeness <= _WORST]
        found = usual or list(singles)  # an unusual change is better than none
        if any(each.change.is_order for each in found):
            near = [each for each in found if each.number is not None]
            return sorted(near, key=lambda each: (not each.change.is_order, each.number))
        found.sort(key=lambda each: each.rank)
        sizes = [e for e in found if e.change.field == "size" and e.strangeness > CURE]
        sizes = [e for e in sizes if e.number is not None or e is sizes[0]]
        return [
            each
            for each in found
            if each.change.field != "size" or each.strangeness <= CURE or each in sizes
        ]


def _distance(trials: Trials, change: Change, problem: int) -> int:
    return min(abs(at - problem) for at in trials.holders(change))


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
    layers = trials.blueprint.layers
    seen: set[Any] = set()
    pools = _pools(trials, problem)
    fields = _fields(trials, problem)
    is_own = trials.blueprint.completed[problem][1] is not None
    for at in [problem] if is_own else _ancestors(trials, problem):
        layer: Any = layers[at].layer
        if layer is None or layers[at].is_shared:
            continue
        if layers[at].asks and trials.base.layers[at] is None:
            continue  # what it asks for is no value of its hyperparameter
        for field in fields:
            if not hasattr(layer, field) or (getattr(layer, field) is None and field != "P"):
                continue
            constants = trials.blueprint.layers[at].constants(field)
            for number in range(max(len(constants), 1)):
                change = Change(at, field, getattr(layer, field), Fraction(1), number=number)
                key = trials.constant(change)
                if key in seen:
                    continue
                seen.add(key)
                values = [*_values(field, layer, pools)]
                for value in values:
                    written = write_constants(change._replace(value=value), layers)
                    if written and value != change.value:
                        yield written
                if constants and number < len(constants) - 1:
                    yield from _factors(change, constants[number], layers)


def _factors(change: Change, origin: Origin, layers: Sequence[LayerSpec]) -> Iterator[Change]:
    """Small numbers for a constant of an expression, like the factor of a network's width."""
    for constant in _FACTORS:
        layer = layers[change.at].with_constant(origin, constant)
        value = getattr(layer, change.field, None)
        if value is not None and value != change.value:
            yield change._replace(value=value, written=constant)


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


def _half(layer: Any) -> list[Padding]:
    """P = (F - 1)/2 in each axis, which is usual for odd filters."""
    if not isinstance(layer, Windowed) or layer.F == "global":
        return []
    with suppress(LayerError):
        return [size_keeping_padding(layer.F, layer.dilation)]
    return []


def _values(field: str, layer: Any, pools: dict[str, list[Any]]) -> Iterable[Any]:
    if field == "size":
        return usual_sizes(layer.size) if isinstance(layer, Input) and layer.size else ()
    if field == "F":
        values = [v for v in pools["F"] if v != "global"]
        return [*values, "global"] if layer.kind == "POOL" else values
    if field == "P":
        paddings = dict.fromkeys([*pools["P"], *_half(layer)])
        return [value for value in paddings if is_padding_of(layer, value)]
    if field == "groups" and not hasattr(layer, "K"):
        return [value for value in pools["groups"] if value != "depthwise"]
    return pools[field]
