"""Contestants that take turns, and how their times are written."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import TypeVar

T = TypeVar("T")
WARM_UP = 2
PAUSE = 0.3
"""Seconds between turns: threads of the one before go to sleep."""
RUN_UP = 0.3
"""Seconds of steps before the timed ones of a turn: caches fill, and idle cores wake up."""
TIMED = 0.2
"""Seconds of the steps whose mean is a turn's time; at least one step."""


def turns(
    contestants: Mapping[str, Callable[[], T]], rounds: int, warm_up: int = WARM_UP
) -> dict[str, list[T]]:
    """What each returns in every round after those to warm up; the order alternates."""
    found: dict[str, list[T]] = {name: [] for name in contestants}
    for turn in range(warm_up + rounds):
        for name in list(contestants)[:: -1 if turn % 2 else 1]:
            time.sleep(PAUSE)
            result = contestants[name]()
            if turn >= warm_up:
                found[name].append(result)
    return found


def timed(step: Callable[[], object]) -> Callable[[], float]:
    """A step that returns its milliseconds in a row of them, behind a run-up."""

    def run() -> float:
        _repeat(step, RUN_UP)
        seconds, steps = _repeat(step, TIMED)
        return 1000 * seconds / steps

    return run


def _repeat(step: Callable[[], object], least: float) -> tuple[float, int]:
    """The seconds and the number of steps that took at least so many seconds."""
    began, steps = time.perf_counter(), 0
    while True:
        step()
        steps += 1
        seconds = time.perf_counter() - began
        if seconds >= least:
            return seconds, steps


def spread(times: Sequence[float]) -> str:
    """`248 (245 - 251)`: the median and the quartiles, with three digits."""
    several = times if len(times) > 1 else [*times, *times]
    low, middle, high = quantiles(several, method="inclusive")
    return f"{digits(middle)} ({digits(low)} - {digits(high)})"


def digits(value: float) -> str:
    """Three digits, or all that stand before the point."""
    places = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{places}f}"


def fastest(times: Mapping[str, Sequence[float]], among: str) -> float:
    """The least median of those whose name begins so."""
    return min(median(found) for name, found in times.items() if name.startswith(among))


def ratios(times: Mapping[str, Sequence[float]], name: str) -> list[float]:
    """Round by round: above 1, cnn took less than that contestant."""
    return [other / ours for ours, other in zip(times["cnn"], times[name], strict=True)]


def fastest_mode(times: Mapping[str, Sequence[float]]) -> str:
    """Of PyTorch's modes the one whose ratios have the least median."""
    modes = [name for name in times if name.startswith("PyTorch")]
    return min(modes, key=lambda name: median(ratios(times, name)))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
