"""The derivative by one number, from differences alone, and how far a gradient is from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
"""How far a number is moved. A large step is off by its square, a small one by the rounding of
what is subtracted; and a small one steps over fewer kinks."""
AGREEMENT = 1e-7
"""How near the differences of two steps must be, relative to the array's largest gradient: a tenth
of what a gradient may be off."""
TOLERANCE = 1e-6
"""What a gradient may be off: ten times as much as differences that agree may be. One that is wrong
by a factor of 1.00001 is not let through."""
SMALLEST = 1e-3
"""The least that a difference is compared with, relative to the largest gradient of all arrays.

A bias before a BATCHNORM has the gradient 0, and differences that are rounding alone.
"""

Index = tuple[int, ...]
Change = Callable[[float], float]
"""By how much the function changes where one number is moved by h: f(x + h) - f(x)."""


def derivative(change: Change, scale: float) -> float | None:
    """By the first two steps whose central differences agree; None where none do.

    scale: what counts as large. Where a function has a kink (RELU at 0, POOL at two equal maxima),
    the differences to both sides stay apart, however small the step is: it has no derivative there.
    """
    before: tuple[float, float] | None = None
    for h in STEPS:
        up, down = change(h) / h, change(-h) / -h
        central, gap = (up + down) / 2, abs(up - down)
        if before is not None:
            bound = AGREEMENT * max(abs(central), scale)
            if abs(central - before[0]) <= bound and gap <= max(before[1] / 2, bound):
                return central
        before = central, gap
    return None


@dataclass(frozen=True)
class Worst:
    """The largest error of a gradient, where it is, and what was looked at.

    error: |analytic - numeric| relative to the larger of the numeric one and the array's largest
    gradient; None where nothing could be compared. place: like `conv1.W[0,1,2,3]`, the input of a
    layer is its x. compared, kinks: how many numbers had a derivative, and how many had none and
    were left out.
    """

    error: float | None = None
    place: str = ""
    analytic: float = 0.0
    numeric: float = 0.0
    compared: int = 0
    kinks: int = 0

    def __or__(self, other: "Worst") -> "Worst":
        """The worse of both, with the counts of both."""
        worse = max(self, other, key=lambda one: -1.0 if one.error is None else one.error)
        return Worst(
            worse.error, worse.place, worse.analytic, worse.numeric,
            self.compared + other.compared, self.kinks + other.kinks,
        )  # fmt: skip

    def of(self, layer: str) -> "Worst":
        """The same of an array of that layer."""
        return replace(self, place=f"{layer}.{self.place}" if self.place else "")


class Suspect(NamedTuple):
    """An array, and the gradient that it is said to have."""

    array: NDArray[Any]
    gradient: NDArray[Any]


def compare(
    suspects: Mapping[str, Suspect],
    change_of: Callable[[str, Index], Change],
    indices: Mapping[str, list[Index]],
) -> Worst:
    """The worst of the gradients at these indices of each array.

    change_of: how the function changes where that number of that array is moved.
    """
    worst = Worst()
    largest = {name: _largest(gradient) for name, (_, gradient) in suspects.items()}
    least = SMALLEST * max(largest.values(), default=0.0)
    for name, of_array in indices.items():
        scale = max(largest[name], least)
        for index in of_array:
            analytic = float(suspects[name].gradient[index])
            numeric = derivative(change_of(name, index), scale)
            if numeric is None:
                worst |= Worst(kinks=1)
                continue
            off = abs(analytic - numeric)
            error = off / max(abs(numeric), scale) if off else 0.0
            error = error if np.isfinite(analytic) else np.inf
            place = f"{name}[{','.join(map(str, index))}]"
            worst |= Worst(error, place, analytic, numeric, 1)
    return worst


def change_at(array: NDArray[Any], index: Index, value: Callable[[], float]) -> Change:
    """The change of a value where a number of an array is moved, and put back."""

    def change(h: float) -> float:
        before = array[index]
        array[index] = before + h
        try:
            return value()
        finally:
            array[index] = before

    return change


def sample(
    suspects: Mapping[str, Suspect], count: int | None, seed: int, most: int | None = None
) -> dict[str, list[Index]]:
    """Of each array so many indices: the largest gradient, the ends, and random ones; None: all.

    The first and last number of an array are at a border, where most mistakes are. most: indices
    of all arrays together, of which there may be more than that.
    """
    rng = np.random.default_rng(seed)
    names = list(suspects)
    if count is not None and most is not None and count * len(names) > most:
        count = max(most // len(names), 1)
        names = [names[at] for at in sorted(rng.permutation(len(names))[:most])]
    return {
        name: [
            tuple(map(int, np.unravel_index(at, suspects[name].gradient.shape)))
            for at in _places(suspects[name].gradient, count, rng)
        ]
        for name in names
    }


def _places(gradient: NDArray[Any], count: int | None, rng: np.random.Generator) -> Iterable[int]:
    size = gradient.size
    if count is None or count >= size:
        return range(size)
    drawn = map(int, rng.integers(size, size=count))
    return list(dict.fromkeys([int(np.abs(gradient).argmax()), 0, size - 1, *drawn]))[:count]


def _largest(gradient: NDArray[Any]) -> float:
    """Of the numbers that are finite."""
    return float(np.abs(gradient).max(initial=0.0, where=np.isfinite(gradient)))
