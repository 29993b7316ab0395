"""The sets that their authors published: finding, checking and fetching their files."""

import os
from pathlib import Path

from cnncli.errors import DataError

from .base import DataSet
from .dataset import Dataset
from .download.fetch import fetch
from .download.published_file import check
from .problems import MissingError, Notify, problem


def locate(data_set: DataSet, root: Path) -> Path | None:
    """Where all files of a set are. Raises DataError for a published one whose root is a file."""
    if data_set.files and os.path.isfile(root):
        raise problem(root, "a folder", "a file", "set data.root to the folder around it")
    return data_set.find(root)


def check_files(data_set: DataSet, root: Path) -> list[Path]:
    """The files of the set that are there as they were published.

    Raises DataError for one that is another than its authors'.
    """
    checked, found = [], locate(data_set, root)
    for published in data_set.files:
        places = {root / published.folder / published.file: None}
        if found:
            places |= {found: None, found / published.file: None}
        for path in places:
            if path.name == published.file and os.path.isfile(path):
                remedy = f"remove it, and run `cnn data fetch {data_set.name}`"
                check(path, published, path, remedy)
                checked.append(path)
    return checked


def check_counts(data_set: DataSet, dataset: Dataset, place: Path | None) -> tuple[int, int]:
    """Images to train and to test on. Raises DataError where a set by name has others."""
    found = len(dataset.train.labels), len(dataset.test.labels)
    expected = data_set.counts or found
    if found != expected:
        raise DataError(
            f"{place}: expected {expected[0]:,} images to train and {expected[1]:,} to "
            f"test, found {found[0]:,} and {found[1]:,}; get the set again"
        )
    return found


def missing(data_set: DataSet, root: Path, failed: str | None = None) -> MissingError:
    """That the set was not found, why its download failed, and what to do."""
    get = f"get it with `cnn data fetch {data_set.name}`, or put"
    way = f"download: {failed}; put" if failed else get
    return MissingError(
        f"{root}: {data_set.name} is not there ({data_set.places}); {way} {data_set.by_hand} "
        f"there, from {data_set.home}"
    )


def fetch_set(
    data_set: DataSet,
    root: Path,
    *,
    notify: Notify,
    mirror: str | None = None,
    progress: bool = False,
) -> list[Path]:
    """All files of the set, below the root; those that are there as published stay.

    Raises as `fetch` does.
    """
    return [
        fetch(published, root, notify=notify, mirror=mirror, progress=progress)
        for published in data_set.files
    ]
