"""How data sets are shown: a list of the known ones, and what is in one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnncli.data.channel_stats import moments, value_counts
from cnncli.datasets.base import DataSet, NamedSet
from cnncli.datasets.dataset import Dataset
from cnncli.datasets.sets import data_sets
from cnncli.geometry import Volume
from cnncli.text import bytes_text, count, printable

from .layout.parts import page
from .table import Cell, Column, table


class Known(NamedTuple):
    """A set that is known by its name."""

    name: str
    size: Volume
    classes: int
    train: int
    test: int
    download: int | None
    """Bytes; None where there is nothing to fetch."""
    place: str | None
    """Where its files are; None where they are not, or there are none."""


class Contents(NamedTuple):
    """What a set holds; of each split, the images of each class."""

    size: Volume
    classes: Sequence[str]
    images: Mapping[str, Sequence[int]]
    bytes: int
    """Of all images in memory."""
    mean: Sequence[float]
    std: Sequence[float]
    """True deviations: 0 of a channel that does not vary."""
    range: Sequence[int]
    """The least and the largest value of the images to train on."""
    digest: str
    remarks: Sequence[str]
    """What else is to be known of it, and what was left aside."""
    damaged: int
    """Files that were left out as they could not be read."""


def known(data_set: NamedSet, place: str | None) -> Known:
    """What a set is said to hold before it is read."""
    size, classes, _ = data_set.description
    download = data_set.download_size or None
    return Known(data_set.name, size, len(classes), *data_set.counts, download, place)


def files(data_set: DataSet) -> list[dict[str, Any]]:
    """What is fetched: of each file its `url`, its `size` in bytes and its `sha256`."""
    return [
        {"url": file.base + file.file, "size": file.size, "sha256": file.sha256}
        for file in data_set.files
    ]


def contents(dataset: Dataset) -> Contents:
    """What a loaded set holds."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    counts = value_counts(dataset.train)
    values = np.flatnonzero(counts.sum(axis=0))
    limits = int(values[0]), int(values[-1])
    _, height, width, depth = dataset.train.images.shape
    size, classes = Volume(width, height, depth), dataset.classes
    images = {
        name: np.bincount(split.labels, minlength=len(classes)).tolist()
        for name, split in splits.items()
        if split
    }
    memory = size.size * sum(map(sum, images.values()))
    return Contents(
        size, classes, images, memory, *moments(counts), limits, dataset.digest, dataset.remarks,
        len(dataset.damaged),
    )  # fmt: skip


def list_text(sets: Sequence[Known]) -> str:
    """A line for each set."""
    columns = (
        Column("set"),
        Column("to train", numeric=True, rank=1),
        Column("to test", numeric=True, rank=3),
        Column("W x H x D", rank=2),
        Column("classes", numeric=True, rank=2),
        Column("download", numeric=True, rank=4),
        Column("where", rank=1, least=20, way="place"),
    )
    rows: list[list[Cell]] = []
    for name, size, classes, train, test, download, place in sets:
        fetched = bytes_text(download) if download else ""
        rows.append([name, train, test, str(size), classes, fetched, place_text(name, place)])
    return table(columns, rows)


def source_text(data_set: DataSet) -> str:
    """Where a published set comes from, and where it is looked for."""
    lines = [f"from {data_set.home}", f"looked for: {data_set.places}"]
    for file in files(data_set):
        lines += [f"  {file['url']}", f"    {file['size']:,} bytes, SHA-256 {file['sha256']}"]
    return "\n".join(lines)


def outline_text(data_set: DataSet) -> str:
    """What is known of a published set that is not there."""
    assert isinstance(data_set, NamedSet)
    _, size, classes, train, test, _, _ = known(data_set, None)
    return (
        f"{size}, {classes} classes: train {train:,} images, test {test:,} images; "
        f"`cnn data fetch {data_set.name}` gets it"
    )


def contents_text(found: Contents) -> str:
    """Totals, and a line for each class."""
    splits = list(found.images)
    totals = ", ".join(f"{split} {count(sum(found.images[split]), 'image')}" for split in splits)
    columns = (Column("class", least=20), *(Column(split, numeric=True) for split in splits))
    rows: list[list[Cell]] = [
        [name, *(found.images[split][k] for split in splits)]
        for k, name in enumerate(found.classes)
    ]
    return page(
        f"{found.size}, {count(len(found.classes), 'class', 'classes')}: {totals}; "
        f"{bytes_text(found.bytes)} in memory",
        f"mean {_numbers(found.mean)}, deviation {_numbers(found.std)} (of 0 to 255), "
        f"values {found.range[0]} to {found.range[1]}",
        f"digest {found.digest}",
        *found.remarks,
        "",
        table(columns, rows),
    )


def place_text(name: str, place: str | None) -> str:
    """Where a set's files are, for a person."""
    return printable(place or "") or (
        "drawn by the program" if data_sets()[name].is_drawn else "not there"
    )


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)
