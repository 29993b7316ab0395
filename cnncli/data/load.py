"""From the `data:` section to images in memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnncli.config.data import DataSpec
from cnncli.datasets import repeats
from cnncli.datasets.base import DataSet, Reading
from cnncli.datasets.dataset import Dataset, Parts, Split, digest
from cnncli.datasets.labelled import Labelled
from cnncli.datasets.problems import MissingError, Notify, section_problem, unreadable
from cnncli.datasets.published import fetch_set, locate, missing
from cnncli.datasets.repeats import Fingerprints
from cnncli.datasets.sets import data_sets
from cnncli.datasets.tones import ToneCounter
from cnncli.errors import DataError, UsageError
from cnncli.lazy import Images
from cnncli.text import count, join_words, printable

from .catalogue import check, data_root, names_of, reading
from .file_groups import file_groups
from .test_part import draw_test, take_every_fifth
from .validation_split import hold_out


def load(
    spec: DataSpec,
    *,
    download: bool,
    notify: Notify,
    progress: bool = False,
    draws_by_class: bool = True,
    every_fifth: bool = False,
    classes: tuple[str, ...] | None = None,
) -> Dataset:
    """The set, read and checked, with the validation images held out.

    download: a published set may be fetched where it is missing. notify: takes what the user must
    know. progress: show a bar on standard error. draws_by_class: not in runs of versions that drew
    the validation images without regard to classes. every_fifth: image of a class is to test on
    where the files have no part for it, in runs of versions that did so. classes: the order of a
    folder's classes. A declared stand-in is loaded where the set cannot be had. Raises DataError
    for files that are missing or damaged, ConfigError where more images are asked for than there
    are, WriteError where a download cannot be stored.
    """
    check(spec)
    root = data_root(spec)
    name, stand_in_for = spec.name, None
    try:
        parts = _read(spec, root, download, notify, progress, classes, every_fifth)
    except MissingError as error:
        name, stand_in_for = take_stand_in(spec, error, notify), name
        parts = data_sets()[name].load(root)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    if not draws_by_class:  # nor did those versions read a part for it
        parts = replace(parts, validation=None)
    check_validation(spec, parts.validation and len(parts.validation.labels))
    if parts.test is None and every_fifth:
        parts = take_every_fifth(parts)
    groups = None
    if spec.group is not None:
        groups, told = file_groups(spec.group, parts, root)
        parts.remarks.update(told)
    drawn, labels = None, parts.train.labels
    if parts.test is None:
        drawn = draw_test(parts, root, spec.split_seed, groups)
        labels = labels[drawn.training]
        groups = None if groups is None else groups[drawn.training]
    seed = spec.split_seed if draws_by_class else None
    training, validating, draw = hold_out(
        labels, spec.validation, spec.limit, seed, groups, spec.fold
    )
    prints, counter = Fingerprints(), ToneCounter()
    in_train = len(parts.train.labels)

    def see(images: Images) -> None:
        prints.see(images)
        if counter.images < in_train:  # which are seen first
            counter.see(images)

    sha = digest(parts, see)
    numbers = prints.all()
    if drawn:
        parts, numbers = drawn.divide(parts), drawn.in_order(numbers)
    assert parts.test is not None
    remarks = [*parts.remarks.values(), *repeats.remarks(parts, numbers)]
    train = parts.train
    dataset = Dataset(
        name, parts.classes,
        train if len(training) == len(train.labels) else train.part(training),
        parts.validation or (train.part(validating) if len(validating) else None),
        parts.test, sha, stand_in_for, draw, drawn.draw if drawn else None,
        tuple(map(printable, remarks)), parts.damaged, counter.tones,
    )  # fmt: skip
    for warning in _absent_classes(dataset):
        notify(warning)
    return dataset


def take_stand_in(spec: DataSpec, missing: MissingError, notify: Notify) -> str:
    """The name of the set that is used instead. Raises what is missing where there is none."""
    if spec.stand_in is None:
        raise missing
    notify(
        f"warning: {missing}\n"
        f"warning: using the stand-in {spec.stand_in!r} instead: drawn figures, not {spec.name}"
    )
    return spec.stand_in


def check_validation(spec: DataSpec, own: int | None) -> None:
    """Raises ConfigError where images are to be held out of a set that has its own for that."""
    if own is not None and (spec.validation or spec.fold):
        held = count(own, "image")
        raise section_problem(
            "fold" if spec.fold else "validation",
            f"{spec.name} has {held} of its own for validation; leave it out",
        )


def _absent_classes(dataset: Dataset) -> Iterator[str]:
    """A warning for each part that lacks classes which other parts have."""
    names, classes = dataset.classes, len(dataset.classes)
    splits = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
    counts = {
        what: np.bincount(part.labels, minlength=classes) for what, part in splits.items() if part
    }
    there = np.sum(list(counts.values()), axis=0)
    for what, images_of in counts.items():
        lacks = (images_of == 0) & (there > 0)
        absent = [name for name, is_absent in zip(names, lacks, strict=True) if is_absent]
        if absent:
            yield f"warning: no image of {join_words(absent)} in {what}"


def place(spec: DataSpec) -> Path | None:
    """Where the files of a set are; None where they are not, or it needs none."""
    return locate(data_sets()[spec.name], data_root(spec))


def load_part(spec: DataSpec, how: Reading, wanted: str) -> Labelled:
    """The images of one part, read in that way; of a set of one's own without its other parts.

    Raises DataError as `load` does, and where there is no such part.
    """
    check(spec)
    root, data_set = data_root(spec), data_sets()[spec.name]
    try:
        found = locate(data_set, root)
        if data_set.files and not found:
            raise missing(data_set, root)
        return data_set.part(found or root, how, wanted)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None


def check_split(name: str) -> None:
    """Raises UsageError for a name that no split has."""
    if name not in ("train", "validation", "test"):
        raise UsageError(f"no split is called {name!r}; there are train, validation and test")


def split(dataset: Dataset, name: str) -> Split:
    """The split called train, validation or test. Raises UsageError if there is none."""
    check_split(name)
    found = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}[name]
    if found is None:
        raise UsageError("no validation split: set data.validation to the images to hold out")
    return found


def _read(
    spec: DataSpec,
    root: Path,
    download: bool,
    notify: Notify,
    progress: bool,
    classes: tuple[str, ...] | None,
    every_fifth: bool,
) -> Parts:
    data_set = data_sets()[spec.name]
    place = locate(data_set, root)
    if data_set.files and not place and download:
        _fetch(data_set, root, notify, progress)
        place = locate(data_set, root)
    if data_set.files and not place:
        raise missing(data_set, root)
    parts = data_set.load(place or root, reading(spec, classes, every_fifth))
    return replace(parts, classes=names_of(spec, parts.classes))


def _fetch(data_set: DataSet, root: Path, notify: Notify, progress: bool) -> None:
    """Raises MissingError where the files cannot be had."""
    files = data_set.files
    what = files[0].file if len(files) == 1 else f"{len(files)} files"
    size = f"{data_set.download_size:,} bytes"
    notify(f"{data_set.name} is not in {root}: downloading {what} ({size})")
    try:
        fetch_set(data_set, root, notify=notify, progress=progress)
    except DataError as error:
        raise missing(data_set, root, str(error)) from None
