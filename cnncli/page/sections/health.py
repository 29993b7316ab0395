"""Whether the numbers of a trained network are as they should be."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.network import Graph
from cnncli.page.elements import Content, element
from cnncli.page.figures.bars import Histogram, histogram
from cnncli.page.material.starting_arrays import beginning
from cnncli.page.section import Section, figure
from cnncli.page.subject import Subject
from cnncli.page.tables import html_table
from cnncli.text import count, join_words

TITLE = "Health"
FINE = "fine"
LOOK = "look at it"
SHOWN = 60
"""Histograms of a page."""
_SAMPLE = 200_000
"""Numbers of an array that a histogram counts; of more every second, third and so on."""
_UNCHANGED, _GROWN, _SHRUNK = 1e-3, 10.0, 0.01
_DEAD = 0.05
"""Share of channels of a layer that may be dead."""
_OFF, _MANY_OFF = 0.01, 0.1
"""Scale below which a channel is switched off, and the share of those that is normal."""
_RISE = 5.0
"""The median norm of the gradient in the second half of a run, by that of the first."""

Arrays = Mapping[str, NDArray[Any]]
Row = Sequence[str]


class Weights(NamedTuple):
    """What became of an array; start: None where it is not known."""

    name: str
    size: int
    start: float | None
    end: float
    change: float | None

    @classmethod
    def of(cls, name: str, before: NDArray[Any] | None, after: NDArray[Any]) -> "Weights":
        """Standard deviations, and the length of the difference by that of the start."""
        with np.errstate(all="ignore"):  # of what is not finite, which is the verdict
            end = float(after.std(dtype=np.float64))
            if before is None:
                return cls(name, after.size, None, end, None)
            length = float(np.linalg.norm(before))
            change = float(np.linalg.norm(after - before)) / length if length else None
            return cls(name, after.size, float(before.std(dtype=np.float64)), end, change)

    @property
    def verdict(self) -> str:
        """Whether it is as it should be."""
        if not np.isfinite(self.end):
            return f"{LOOK}: it has numbers that are not finite"
        if self.change is not None and self.change < _UNCHANGED:
            return f"{LOOK}: it has hardly changed"
        if self.start and self.end > _GROWN * self.start:
            return f"{LOOK}: it has grown {self.end / self.start:.3g} times"
        if self.end == 0 or (self.start and self.end < _SHRUNK * self.start):
            return f"{LOOK}: it has nearly vanished"
        return FINE

    @property
    def row(self) -> Row:
        """Of the table."""
        shown = ["-" if x is None else f"{x:.4g}" for x in (self.start, self.end, self.change)]
        return [self.name, f"{self.size:,}", *shown, self.verdict]


def health(subject: Subject) -> Section:
    """Weights, dead RELUs, scales and gradients, each with what would be normal."""
    if subject.saved is None:
        return Section.absent("health", TITLE, subject.without_images)
    graph = subject.graph
    arrays = subject.arrays
    start = beginning(subject.saved)
    weights = [Weights.of(name, start.arrays.get(name), arrays[name]) for name in _weights(graph)]
    drawings = dict(_histograms(weights, start.arrays, arrays))
    active = _active(subject)
    tables = {
        "RELUs": [] if active is None else [_active_row(*pair) for pair in active.items()],
        "scales": [*_scales(graph, arrays)],
        "gradients": [*_gradients(subject)],
    }
    rows = [*(each.row for each in weights), *(row for found in tables.values() for row in found)]
    body: list[Content] = [
        element("p", _summary(rows)),
        element("h3", "Weights at the start and at the end"),
        element("p", f"{_ABOUT_WEIGHTS} {start.remark}"),
        html_table("Weights", _OF_WEIGHTS, [each.row for each in weights]),
        element("p", _about_histograms(len(drawings), len(weights)), class_="note"),
        element("div", *(figure(each, "") for each in drawings.values()), class_="row histograms"),
        element("h3", "Dead RELUs"),
        element("p", _ABOUT_RELUS),
        _table_or("Dead RELUs", _OF_RELUS, tables["RELUs"], _without_relus(subject, active)),
        element("h3", "Scales of normalization"),
        element("p", _ABOUT_SCALES),
        _table_or("Scales", _OF_SCALES, tables["scales"], "No layer has such scales."),
        element("h3", "Norm of the gradient"),
        element("p", _ABOUT_GRADIENTS),
        _table_or("Norm of the gradient", _OF_GRADIENTS, tables["gradients"],
                  "It is not recorded of two steps."),
    ]  # fmt: skip
    return Section("health", TITLE, body, figures=drawings)


def _table_or(name: str, headings: Sequence[str], rows: Sequence[Row], reason: str) -> Element:
    """The table, or why there is none."""
    return html_table(name, headings, rows) if rows else element("p", reason, class_="absent")


def _summary(rows: Sequence[Row]) -> str:
    asked = [row[0] for row in rows if row[-1] != FINE]
    if not asked:
        return f"All of {count(len(rows), 'check')} below are fine."
    return f"Of {count(len(rows), 'check')} below {len(asked)} ask for a look: {join_words(asked)}."


_OF_WEIGHTS = ("array", "numbers", "spread at the start", "at the end", "change", "verdict")
_ABOUT_WEIGHTS = (
    "The spread is the standard deviation, the change the length of the difference by the length "
    f"of the start. Normal is a change between {_UNCHANGED:g} and some units, and a spread at most "
    f"{_GROWN:g} times that of the start; a layer that has hardly changed gets no gradient, or is "
    "frozen by train.groups."
)


def _weights(graph: Graph) -> Iterator[str]:
    """Names of the arrays that start at random."""
    for node in graph.nodes:
        for name, param in node.params.items():
            if param.start == "weights":
                yield f"{node.name}.{name}"


def _histograms(
    weights: Sequence[Weights], start: Arrays, end: Arrays
) -> Iterator[tuple[str, Element]]:
    """Of the first ones, by the names of their files."""
    for each in weights[:SHOWN]:
        after = _sample(end[each.name])
        before = _sample(start[each.name]) if each.name in start else None
        if len(after):
            drawn = histogram(each.name, Histogram.of(after, before))
            yield f"weights-{each.name}", drawn


def _sample(array: NDArray[Any]) -> NDArray[np.float64]:
    """Some of its finite numbers, evenly spread."""
    found = array.reshape(-1)[:: -(-array.size // _SAMPLE)].astype(np.float64)
    return found[np.isfinite(found)]


def _about_histograms(shown: int, there: int) -> str:
    left = f" Of {count(there, 'array')} the first {shown} are drawn." if shown < there else ""
    return (
        "Filled: at the end; dashed: at the start, each as high as its own largest bin. Weights "
        "that only drift to both sides widen the hill; two hills, or a wall at an end, are unusual."
        + left
    )


_OF_RELUS = ("layer", "channels", "dead", "mean share above zero", "verdict")
_ABOUT_RELUS = (
    "A channel is dead if it is zero for every test image that was looked at, at every place: it "
    f"gets no gradient, and never comes back. Normal are none, and up to {_DEAD:.0%} do no harm; "
    "above zero are mostly a tenth to a half of the numbers. Many dead ones come from too large a "
    "learning rate."
)


def _active(subject: Subject) -> Mapping[str, NDArray[np.float64]] | None:
    """By activation the share of test images and places at which each channel is above zero."""
    found = subject.observation
    return None if found is None else found.active


def _without_relus(subject: Subject, active: object) -> str:
    return "The network has no RELU." if active is not None else subject.without_images


def _active_row(name: str, shares: NDArray[np.float64]) -> Row:
    dead = int((shares == 0).sum())
    verdict = f"{LOOK}: {dead / shares.size:.0%} are dead" if dead > _DEAD * shares.size else FINE
    return [name, f"{shares.size:,}", f"{dead:,}", f"{shares.mean():.3f}", verdict]


_OF_SCALES = ("layer", "channels", "smallest", "median", "largest", f"below {_OFF:g}", "verdict")
_ABOUT_SCALES = (
    "BATCHNORM and LAYERNORM multiply each channel by a trained gamma, which begins at 1; here is "
    f"its size. Normal is between 0.1 and some units; below {_OFF:g} a channel is switched off, as "
    f"weight decay does to useless ones. Of more than {_MANY_OFF:.0%} the layer may be too wide."
)


def _scales(graph: Graph, arrays: Arrays) -> Iterator[Row]:
    for node in graph.nodes:
        if "gamma" in node.params:
            sizes = np.abs(arrays[f"{node.name}.gamma"])
            off = int((sizes < _OFF).sum())
            verdict = FINE
            if not np.isfinite(sizes).all():
                verdict = f"{LOOK}: it has numbers that are not finite"
            elif off > _MANY_OFF * sizes.size:
                verdict = f"{LOOK}: {off / sizes.size:.0%} are switched off"
            shown = (f"{f(sizes):.4g}" for f in (np.min, np.median, np.max))
            yield [node.name, f"{sizes.size:,}", *shown, f"{off:,}", verdict]


_OF_GRADIENTS = ("of", "median, first half", "median, second half", "largest", "verdict")
_ABOUT_GRADIENTS = (
    "Normal is that it falls, or stays about the same: the median of the second half of the run is "
    f"at most {_RISE:g} times that of the first. One that rises goes before a run that diverges "
    "(train.clip_norm bounds it); one of 0 means that nothing is learned."
)


def _gradients(subject: Subject) -> Iterator[Row]:
    """Of what the metrics say, if that is enough."""
    _, values = subject.history.series([("step", "gradient_norm"), ("epoch", "gradient_norm")])
    norms = [value for value in values if 0 <= value < float("inf")]
    if len(norms) < 2:
        return
    half = len(norms) // 2
    first, second = median(norms[:half]), median(norms[half:])
    verdict = FINE
    if second == 0:
        verdict = f"{LOOK}: it is 0"
    elif second > _RISE * first:
        verdict = f"{LOOK}: it rises"
    elif broken := len(values) - len(norms):
        verdict = f"{LOOK}: {count(broken, 'value')} of it are not finite"
    shown = (f"{value:.4g}" for value in (first, second, max(norms)))
    yield [count(len(norms), "step"), *shown, verdict]
