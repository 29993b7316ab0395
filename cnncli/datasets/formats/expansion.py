"""How much larger than its file compressed data may be, and how that is kept to."""

from __future__ import annotations

from pathlib import Path

from cnncli.bounds import MAX_CLASSES, MAX_GROWN_BYTES, MAX_GROWTH, MAX_LABELS
from cnncli.datasets.problems import problem
from cnncli.lazy import Labels, np


def most_from(compressed: int) -> int:
    """The most bytes that images may have which take `compressed` bytes in their files."""
    return max(MAX_GROWN_BYTES, MAX_GROWTH * compressed)


def check_ratio(place: str | Path, size: int, compressed: int, remedy: str) -> None:
    """Raises DataError where a set's files grow to what was made to fill the memory."""
    if size > most_from(compressed):
        found = f"{compressed:,} bytes that grow to {size:,}"
        raise problem(place, "a set of images", found, remedy)


def whole_records(file: str | Path, size: int, record: int, remedy: str) -> int:
    """How many records of `record` bytes a file of `size` bytes holds; at least one, and whole."""
    records, rest = divmod(size, record)
    if records == 0 or rest:
        more = f" ({records:,} records and {rest:,} bytes)" if records else ""
        raise problem(file, f"whole records of {record:,} bytes", f"{size:,} bytes{more}", remedy)
    return records


def labels_below(file: str | Path, labels: Labels, classes: int, remedy: str) -> None:
    """Labels count from 0 to classes - 1."""
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        found = f"{labels[wrong[0]]} at record {wrong[0]:,}"
        raise problem(file, f"labels from 0 to {classes - 1}", found, remedy)


def as_many(file: str | Path, images: int, labels: int, remedy: str) -> None:
    """There are as many labels (in `file`) as images, and some; but no more than any set has.

    They take 8 bytes each in memory.
    """
    if labels > MAX_LABELS:
        raise problem(file, f"at most {MAX_LABELS:,} labels", f"{labels:,}", remedy)
    if images != labels or not images:
        raise problem(file, f"a label for each of the {images:,} images", f"{labels:,}", remedy)


def count_classes(file: str | Path, labels: Labels, remedy: str) -> int:
    """How many classes the labels of a training set speak of: the largest, plus one."""
    labels_below(file, labels, MAX_CLASSES, remedy)
    return int(labels.max(initial=-1)) + 1


def number_names(classes: int) -> tuple[str, ...]:
    """Names for classes that have only numbers."""
    return tuple(str(number) for number in range(classes))
