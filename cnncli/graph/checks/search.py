"""Single changes, anywhere in the file, with which the whole network fits."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import Layer
from cnncli.layers.input import Input
from cnncli.layers.windows import Windowed

from .candidates import Change
from .trials import SCORES, Trials

_USUAL_SIZES = (28, 32, 64, 96, 128, 224, 227, 256, 299, 320, 384, 416, 512)
"""Sides of images that published networks are made for."""


def search(trials: Trials) -> list[tuple[Change, dict[int, Volume]]]:
    """Every change of one value that mends everything, nearest to the first problem first."""
    problem = min(trials.base.errors)
    found = []
    for change in sorted(_changes(trials, problem), key=lambda c: _distance(trials, c, problem)):
        if trials.budget["sizes"] < 0:
            break
        if volumes := trials.mend(change):
            found.append((change, volumes))
    return found


def _distance(trials: Trials, change: Change, problem: int) -> int:
    return min(abs(at - problem) for at in trials.members(change))


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
    for at in _ancestors(trials, problem):
        layer: Any = layers[at]
        if layer is None or trials.blueprint.layers[at].is_shared:
            continue
        for field in ("K", "groups", "F", "S", "P", "size"):
            if not hasattr(layer, field) or getattr(layer, field) is None and field != "P":
                continue
            key = trials.constant(at, field)
            if key in seen:
                continue
            seen.add(key)
            for value in _values(field, layer, pools):
                if value != getattr(layer, field):
                    yield Change(at, field, value, Fraction(1))


def _pools(trials: Trials, problem: int) -> dict[str, list[Any]]:
    found: dict[str, dict[Any, None]] = {field: {} for field in ("K", "groups", "F", "S", "P")}
    for written in trials.blueprint.layers:
        for field, values in found.items():
            value = getattr(written.layer, field, None)
            if value is not None:
                values[value] = None
    for volume in trials.base.in_shapes[problem] or ():
        found["K"][volume.D] = None
    found["F"] |= {Extent(n, n): None for n in (1, 2, 3, 5, 7, 11)}
    found["S"] |= {Extent(n, n): None for n in (1, 2, 4)}
    found["P"] |= {Padding(n, n, n, n): None for n in (0, 1, 2, 3)}
    return {field: list(values) for field, values in found.items()}


def _values(field: str, layer: Any, pools: dict[str, list[Any]]) -> Iterable[Any]:
    if field == "size":
        return _sizes(layer.size)
    if field == "F":
        values = [v for v in pools["F"] if v != "global"]
        return [*values, "global"] if layer.kind == "POOL" else values
    return pools[field]


def _sizes(size: Volume) -> Iterator[Volume]:
    W, H, D = size
    for side in {W, H}:
        yield Volume(side, side, D)
    for side in _USUAL_SIZES:
        yield Volume(side, side, D)
    for depth in (1, 3):
        yield Volume(W, H, depth)
