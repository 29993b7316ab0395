"""The values that a key may have: choices, ranges of numbers, whole numbers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import exp, floor, log
from typing import Any, TypeAlias

from .presence import Condition, same

Value: TypeAlias = Any
"""A number, a text, true or false, null, or a list or mapping of such."""
_SLACK = 1e-9
"""Of a whole number of steps, by what rounding may have taken from it."""


def readable(value: float, low: float, high: float) -> float:
    """The number with six digits, which a trial then has exactly, inside the bounds."""
    return min(max(float(f"{value:.6g}"), low), high)


@dataclass(frozen=True)
class Domain(ABC):
    """What a key may be, while all conditions hold."""

    when: tuple[Condition, ...]

    @abstractmethod
    def at(self, share: float) -> Value:
        """The value so far along the way, from 0 to below 1: alike for all parts of it."""

    @property
    @abstractmethod
    def size(self) -> int | None:
        """Points of a grid, at most; None: there is no end to them, and no number is given."""

    @abstractmethod
    def grid(self) -> tuple[Value, ...]:
        """The points of a grid, if they have a size."""

    @abstractmethod
    def has(self, value: Value) -> bool:
        """Whether the value is one of these."""


@dataclass(frozen=True)
class Choices(Domain):
    """One of some values, in no order."""

    values: tuple[Value, ...]

    def at(self, share: float) -> Value:
        return self.values[floor(share * len(self.values))]

    @property
    def size(self) -> int:
        return len(self.values)

    def grid(self) -> tuple[Value, ...]:
        """All of them."""
        return self.values

    def has(self, value: Value) -> bool:
        return any(same(each, value) for each in self.values)


@dataclass(frozen=True)
class Interval(Domain):
    """Numbers from `low` to `high`, both included, evenly by value or, with `log`, by logarithm.

    step: only those so far apart, from `low`. points: of a grid.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    points: int | None = None

    @cached_property
    def steps(self) -> int:
        """How many values there are, a step apart."""
        assert self.step is not None
        return floor((self.high - self.low) / self.step + _SLACK) + 1

    def at(self, share: float) -> Value:
        if self.step is not None:
            return self._number(floor(share * self.steps))
        return self._along(share)

    def _along(self, share: float) -> Value:
        if self.log:
            value = exp((1 - share) * log(self.low) + share * log(self.high))
        else:
            value = (1 - share) * self.low + share * self.high
        return readable(value, self.low, self.high)

    def _number(self, index: int) -> Value:
        assert self.step is not None
        return min(float(f"{self.low + index * self.step:.12g}"), self.high)

    @property
    def size(self) -> int | None:
        """The given number of points, or else one for each step."""
        return self.points or (None if self.step is None else self.steps)

    def grid(self) -> tuple[Value, ...]:
        """The given number of points with both ends, or else one for each step."""
        if self.points is None:
            return tuple(map(self._number, range(self.steps)))
        last = self.points - 1
        if self.step is None:
            values = [self._along(i / last) for i in range(self.points)]
        else:
            values = [self._number(round(i * (self.steps - 1) / last)) for i in range(self.points)]
        return tuple(dict.fromkeys(values))

    def has(self, value: Value) -> bool:
        """Between the ends; which numbers of them come up is left to chance."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self.low <= value <= self.high


@dataclass(frozen=True)
class Integers(Interval):
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int
    step: int | None = None

    def at(self, share: float) -> int:
        if self.log:
            value = exp((1 - share) * log(self.low) + share * log(self.high + 1))
            return min(max(floor(value), self.low), self.high)
        return self._number(floor(share * self.steps))

    @cached_property
    def steps(self) -> int:
        """How many there are."""
        return (self.high - self.low) // (self.step or 1) + 1

    def _along(self, share: float) -> int:
        value: float = super()._along(share)
        return round(value)

    def _number(self, index: int) -> int:
        return self.low + index * (self.step or 1)

    @property
    def size(self) -> int | None:
        """Without a number of points all count, unless they are of logarithms."""
        return self.points or (None if self.log else self.steps)

    def has(self, value: Value) -> bool:
        return super().has(value) and value == int(value)
