"""The steps of a network on several numbers of threads beside each other."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from cnncli.report.layout.parts import page
from cnncli.report.table import Column, table
from cnncli.text import count, json_text

from .breakdown import quartiles
from .output import STEP, milliseconds

_COLUMNS = tuple(
    Column(heading, numeric=True)
    for heading in ("threads", "ms a step", "quartiles, ms", "images/s")
)


class Comparison(NamedTuple):
    """Of each number of threads the seconds of each step; the steps took turns."""

    images: int
    trains: bool
    series: Mapping[int, Sequence[float]]

    @property
    def steps(self) -> int:
        return len(next(iter(self.series.values())))

    @property
    def fastest(self) -> int:
        """The number of threads whose median is the smallest."""
        return min(self.series, key=lambda threads: median(self.series[threads]))

    def images_per_second(self, threads: int) -> float:
        """At the median of the steps."""
        return self.images / median(self.series[threads])


def comparison_text(title: str, found: Comparison) -> str:
    """A line for each number of threads, and how to choose the fastest."""
    rows = [
        [
            str(threads),
            milliseconds(median(series)),
            " - ".join(map(milliseconds, quartiles(series))),
            f"{found.images_per_second(threads):,.0f}",
        ]
        for threads, series in found.series.items()
    ]
    what = f"{title}, {STEP[found.trains]} of {count(found.images, 'image')}"
    best = found.fastest
    return page(
        f"{what}: medians of {count(found.steps, 'step')}, taking turns",
        table(_COLUMNS, rows),
        f"{count(best, 'thread')} took the least time; `cnn train --threads {best}`, or "
        f"train.threads: {best} in the file, chooses it.",
        apart=True,
    )


def comparison_json(file: str, name: str, found: Comparison) -> str:
    """One object; times are medians in milliseconds."""
    result = {
        "file": file,
        "name": name,
        "training": found.trains,
        "images": found.images,
        "steps": found.steps,
        "by_threads": [
            {
                "threads": threads,
                "ms": 1000 * median(series),
                "quartiles_ms": [1000 * quartile for quartile in quartiles(series)],
                "images_per_second": found.images_per_second(threads),
            }
            for threads, series in found.series.items()
        ],
        "fastest_threads": found.fastest,
    }
    return json_text(result)
