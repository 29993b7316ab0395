"""Predicted classes, a line for each image, in the formats of text, CSV and JSON.

Names are true in CSV and JSON, and printable in what is for people.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnncli.text import json_text, printable

from .layout.words import cut, width

_BAR = 20
"""Characters of a bar for a probability of 1."""
_BESIDE = len("    0.1234  ") + _BAR
"""Columns of a line beside the name of the class."""
_SHORT = 10
"""Columns of a name that are left where a terminal has no room for more."""


class Row(NamedTuple):
    """An image by its name, and its most probable classes with their probabilities, best first."""

    name: str
    best: Sequence[tuple[str, float]]


class Origin(NamedTuple):
    """Where predictions come from: the checkpoint, its set, and the set that this stood in for."""

    checkpoint: str
    dataset: str
    stand_in_for: str | None
    top: int
    """Classes of each image."""

    @property
    def warning(self) -> str | None:
        if not self.stand_in_for:
            return None
        return f"trained on the stand-in {self.dataset!r}, not on {self.stand_in_for}"


def text_lines(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """`file: class 0.9312, class 0.0411`, after a line about a stand-in."""
    if origin.warning:
        yield f"# {origin.warning}"
    for name, best in rows:
        classes = ", ".join(f"{printable(each)} {share:.4f}" for each, share in best)
        yield f"{printable(name)}: {classes}"


def bar_lines(
    rows: Iterable[Row], origin: Origin, block: str, columns: int | None = None
) -> Iterator[str]:
    """For a terminal of so many columns: below each file a bar for each class."""
    if origin.warning:
        yield f"# {origin.warning}"
    for name, best in rows:
        yield printable(name)
        names = [printable(each) for each, _ in best]
        if columns:
            names = [cut(each, max(columns - _BESIDE, _SHORT)) for each in names]
        widest = max(map(width, names))
        for each, (_, share) in zip(names, best, strict=True):
            bar = block * round(_BAR * share)
            yield f"  {each}{' ' * (widest - width(each))}  {share:.4f}  {bar}".rstrip()


def csv_lines(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """file, predicted, probability, predicted_2, ...; a last column where it was a stand-in."""
    heads = [f"{what}_{k}" for k in range(2, origin.top + 1) for what in _OF_EACH]
    yield _csv_line(["file", *_OF_EACH, *heads, *(["stand_in_for"] * bool(origin.warning))])
    for name, best in rows:
        cells = [cell for each, share in best for cell in (each, f"{share:.6f}")]
        yield _csv_line([name, *cells, *([origin.stand_in_for or ""] * bool(origin.warning))])


class Answer(NamedTuple):
    """An image whose class is known, by its name, and what was predicted of it."""

    name: str
    true: str
    predicted: str
    probability: float
    loss: float


def answer_lines(rows: Iterable[Answer], origin: Origin) -> Iterator[str]:
    """As `csv_lines`, with the true class and the loss; the worst mistakes first, hits last."""
    more = [origin.stand_in_for or ""] if origin.warning else []
    yield _csv_line(["file", "true", *_OF_EACH, "loss", *(["stand_in_for"] * len(more))])
    for row in sorted(rows, key=lambda row: (row.true == row.predicted, -row.loss)):
        name, true, predicted, share, loss = row
        yield _csv_line([name, true, predicted, f"{share:.6f}", f"{loss:.6f}", *more])


_OF_EACH = ("predicted", "probability")


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def json_lines(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """An object for each image, on a line of its own."""
    more = {"stand_in_for": origin.stand_in_for} if origin.warning else {}
    for row in rows:
        yield json_text(values_of(row) | more, indent=None)


def json_document(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """One object with all images in a list, a line for each."""
    about = {
        "checkpoint": origin.checkpoint,
        "dataset": origin.dataset,
        "stand_in_for": origin.stand_in_for,
    }
    head = json_text(about, indent=None)
    yield f'{head[:-1]}, "predictions": ['
    last = ""
    for row in rows:
        if last:
            yield f"{last},"
        last = f"  {json_text(values_of(row), indent=None)}"
    if last:
        yield last
    yield "]}"


def values_of(row: Row) -> dict[str, object]:
    """An image as a dictionary: file, predicted, probability, and top where there are several."""
    first, share = row.best[0]
    values: dict[str, object] = {"file": row.name, "predicted": first, "probability": share}
    if len(row.best) > 1:
        values["top"] = [{"class": each, "probability": own} for each, own in row.best]
    return values
