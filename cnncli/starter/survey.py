"""What images there are: enough of them is looked at to choose a network."""

import os
from pathlib import Path
from statistics import median_low
from typing import NamedTuple

import numpy as np

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.data.test_part import count_test
from cnncli.datasets.base import NamedSet, Reading
from cnncli.datasets.formats import folder_files
from cnncli.datasets.formats.images import DamagedFile, decode, volume_of
from cnncli.datasets.problems import Notify, in_utf8, unreadable
from cnncli.datasets.sets import data_sets
from cnncli.errors import UsageError
from cnncli.geometry import Volume
from cnncli.text import ForeignPath, closest, join_words

_LOOKED_AT = 50
"""Images of a folder whose size is looked at."""


class Survey(NamedTuple):
    """A set: its section's name and root, the images' size, their classes, how many to train on.

    size: of a folder, the middle one of widths and of heights; is_scaled: its images may have
    others. counts: of each class; of a set by name about. has_validation: it has images of its own
    for that. is_damaged: a file could not be read.
    """

    name: str
    root: Path | None
    size: Volume
    images: int
    counts: dict[str, int]
    is_scaled: bool = False
    has_validation: bool = False
    is_damaged: bool = False


def survey(data: str, notify: Notify) -> Survey:
    """data: a folder, an .npz file or the name of a set.

    Raises UsageError where it is none of them, DataError for images that cannot be read.
    """
    path = ForeignPath(data)
    is_archive = path.suffix.lower() == ".npz" and os.path.exists(path)
    if is_archive or os.path.isdir(path):
        in_utf8(path, os.path.realpath(path))
        return _archive(path, notify) if is_archive else _folder(path)
    names = [name for name, each in data_sets().items() if isinstance(each, NamedSet)]
    if data in names:
        return _named_set(data)
    found = closest(data, names)
    hint = f"did you mean {found}?" if found else f"the sets are {join_words(names)}"
    raise UsageError(f"no folder, no .npz file and no set is called {data!r}; {hint}")


def _named_set(name: str) -> Survey:
    data_set = data_sets()[name]
    assert isinstance(data_set, NamedSet)
    size, classes, _ = data_set.description
    images, _ = data_set.counts
    return Survey(name, None, size, images, dict.fromkeys(classes, images // len(classes)))


def _archive(path: Path, notify: Notify) -> Survey:
    dataset = load(DataSpec(name="npz", root=path), download=False, notify=notify)
    _, height, width, depth = dataset.train.images.shape
    counts = np.bincount(dataset.train.labels, minlength=len(dataset.classes)).tolist()
    return Survey(
        "npz",
        path,
        Volume(width, height, depth),
        len(dataset.train.labels),
        dict(zip(dataset.classes, counts, strict=True)),
        has_validation=dataset.validation is not None,
    )


def _folder(root: Path) -> Survey:
    try:
        found = folder_files.find(root)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    counts = {name: len(files) for name, files in found.train.items()}
    if found.test is None:
        kept = 1 - count_test(root, counts) / sum(counts.values())
        counts = {name: max(1, round(kept * count)) for name, count in counts.items()}
    files = [file for own in found.train.values() for file in own]
    volumes, is_damaged = [], False
    for file in files[:: -(-len(files) // _LOOKED_AT)]:
        try:
            volumes.append(volume_of(decode(file, Reading())))
        except DamagedFile as error:
            is_damaged, damage = True, error
    if not volumes:
        raise damage
    size = Volume(
        median_low(volume.W for volume in volumes),
        median_low(volume.H for volume in volumes),
        max(volume.D for volume in volumes),
    )
    has_validation = found.validation is not None
    images = sum(counts.values())
    return Survey("folder", root, size, images, counts, True, has_validation, is_damaged)
