"""Predicted classes, a line for each image, in the formats of text, CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnncli.text import printable

_BAR = 20
"""Characters of a bar for a probability of 1."""


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


def bar_lines(rows: Iterable[Row], origin: Origin, block: str) -> Iterator[str]:
    """For a terminal: below each file a bar for each class."""
    if origin.warning:
        yield f"# {origin.warning}"
    for name, best in rows:
        yield printable(name)
        width = max(len(printable(each)) for each, _ in best)
        for each, share in best:
            bar = block * round(_BAR * share)
            yield f"  {printable(each).ljust(width)}  {share:.4f}  {bar}".rstrip()


def csv_lines(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """file, predicted, probability, predicted_2, ...; a last column where it was a stand-in."""
    heads = [f"{what}_{k}" for k in range(2, origin.top + 1) for what in _OF_EACH]
    yield _csv_line(["file", *_OF_EACH, *heads, *(["stand_in_for"] * bool(origin.warning))])
    for name, best in rows:
        cells = [cell for each, share in best for cell in (each, f"{share:.6f}")]
        yield _csv_line([name, *cells, *([origin.stand_in_for or ""] * bool(origin.warning))])


_OF_EACH = ("predicted", "probability")


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([printable(cell) for cell in cells])
    return line.getvalue()


def json_lines(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """An object for each image, on a line of its own."""
    more = {"stand_in_for": origin.stand_in_for} if origin.warning else {}
    for row in rows:
        yield _json(values_of(row) | more)


def json_document(rows: Iterable[Row], origin: Origin) -> Iterator[str]:
    """One object with all images in a list, a line for each."""
    head = _json(
        {
            "checkpoint": printable(origin.checkpoint),
            "dataset": origin.dataset,
            "stand_in_for": origin.stand_in_for,
        }
    )
    yield f'{head[:-1]}, "predictions": ['
    last = ""
    for row in rows:
        if last:
            yield f"{last},"
        last = f"  {_json(values_of(row))}"
    yield f"{last}\n]}}" if last else "]}"


def values_of(row: Row) -> dict[str, object]:
    """An image as a dictionary: file, predicted, probability, and top where there are several."""
    (first, share), name = row.best[0], printable(row.name)
    values: dict[str, object] = {"file": name, "predicted": first, "probability": share}
    if len(row.best) > 1:
        values["top"] = [{"class": each, "probability": own} for each, own in row.best]
    return values


def _json(values: object) -> str:
    return json.dumps(values).replace("##", "#\\u0023")
