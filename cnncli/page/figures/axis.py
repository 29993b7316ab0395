"""An axis: where a value stands on it, and the round numbers that are written beside it."""

from dataclasses import dataclass
from math import ceil, floor, isclose, log10

_ROUND = (1, 2, 5, 10)
_SLACK = 1e-9
"""A tick that only rounding puts outside of the axis is on it; values this near are equal."""
_TINY = 1e-30
"""What is nearer to 0, or to another value, is equal to it."""


@dataclass(frozen=True)
class Axis:
    """From low to high, over so many units of the drawing; is_log: by powers of ten.

    A logarithmic one is from above 0.
    """

    low: float
    high: float
    length: float
    is_log: bool = False

    @classmethod
    def around(
        cls, low: float, high: float, length: float, *, is_log: bool = False, about: int = 5
    ) -> "Axis":
        """One that begins and ends at round numbers, which hold all of the values."""
        if is_log:
            low, high = 10.0 ** floor(log10(low)), 10.0 ** ceil(log10(high))
            return cls(low, high if high > low else 10 * low, length, is_log=True)
        if high - low <= max(_SLACK * max(abs(low), abs(high)), _TINY):
            half = abs(low) / 2
            low, high = (low - half, low + half) if half > _TINY else (0.0, 1.0)
        step = round_step(high - low, about)
        return cls(floor(low / step + _SLACK) * step, ceil(high / step - _SLACK) * step, length)

    def place(self, value: float) -> float:
        """Units from the beginning."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = log10(low), log10(high), log10(value)
        return (value - low) / (high - low) * self.length

    def ticks(self, about: int = 5) -> list[float]:
        """Round numbers on it, about so many."""
        if self.is_log:
            least, most = round(log10(self.low)), round(log10(self.high))
            stride = max(1, ceil((most - least) / about))
            return [10.0**power for power in range(least, most + 1, stride)]
        step = round_step(self.high - self.low, about)
        first, last = ceil(self.low / step - _SLACK), floor(self.high / step + _SLACK)
        digits = max(0, -floor(log10(step)))
        return [round(number * step, digits) for number in range(first, last + 1)]


def round_step(span: float, about: int) -> float:
    """1, 2 or 5 times a power of ten, of which about so many make the span."""
    power = 10.0 ** floor(log10(span / about))
    return next(
        unit * power
        for unit in _ROUND
        if unit * power * about >= span or isclose(unit * power * about, span)
    )


def tick_text(value: float) -> str:
    """`0.02`, `1,000`, `1e-06`."""
    return f"{value:,.10g}"


def is_wide(low: float, high: float, ratio: float) -> bool:
    """Whether values are so far from each other that powers of ten show them better."""
    return low > _TINY and high / low > ratio
