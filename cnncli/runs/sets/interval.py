"""What several runs say together: mean, standard deviation, and Student's interval of the mean."""

import statistics
from collections.abc import Sequence
from math import atan, cos, pi, sin, sqrt, tan
from typing import NamedTuple

CONFIDENCE = 0.95
"""How often an interval holds the true mean, of values that are distributed normally."""


class Statistics(NamedTuple):
    """Of some values. deviation, interval: None of a single one, which tells nothing of them."""

    number: int
    mean: float
    deviation: float | None
    """Of a sample: the root of the squares' sum by n - 1."""
    interval: tuple[float, float] | None
    """mean - t s / sqrt(n) and mean + t s / sqrt(n), with Student's t of n - 1 degrees."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Statistics":
        """Of one value or more, all finite."""
        n, mean = len(values), statistics.mean(values)
        if n == 1:
            return cls(n, mean, None, None)
        deviation = statistics.stdev(values)
        margin = t_quantile(CONFIDENCE, n - 1) * deviation / sqrt(n)
        return cls(n, mean, deviation, (mean - margin, mean + margin))


def t_quantile(confidence: float, degrees: int) -> float:
    """The t with |T| <= t in that share of cases, above 0 and below 1, of Student's distribution.

    degrees: of freedom, 1 or more. By halving the angle atan(t / sqrt(degrees)).
    """
    low, high = 0.0, pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        if _share(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return sqrt(degrees) * tan(middle)


def t_share(t: float, degrees: int) -> float:
    """How often |T| <= t, with Student's distribution of so many degrees of freedom."""
    return _share(atan(t / sqrt(degrees)), degrees)


def _share(angle: float, degrees: int) -> float:
    """Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.

    Sums of powers of the cosine, for a whole number of degrees.
    """
    is_odd, square = degrees % 2, cos(angle) ** 2
    total = term = (cos(angle) if degrees > 1 else 0.0) if is_odd else 1.0
    for k in range(2 + is_odd, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    return 2 / pi * (angle + sin(angle) * total) if is_odd else sin(angle) * total
