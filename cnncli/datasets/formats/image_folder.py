"""Images by class: train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone.

The folders' names are the classes' names, in natural order.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cnncli.datasets.base import Counts, Description, Reading
from cnncli.datasets.dataset import Parts, Split
from cnncli.datasets.labelled import Labelled
from cnncli.datasets.problems import TEST_SHARE, damaged_files, problem, unreadable
from cnncli.lazy import np
from cnncli.text import count, join_words, natural

from .folder_files import Files, Found, aside_text, find, find_part
from .images import DamagedFile, FolderImages, Like, decode, volume_of

MEMORY = 1024
"""MiB of images that are held in memory, unless the configuration says otherwise."""


def describe(root: Path, reading: Reading) -> Description:
    """Image size (of the first image, unless given) and classes."""
    found, _ = _files(root)
    like = like_of(found.train, reading)
    return Description(like.volume, tuple(found.train), found.validation is not None)


def count_images(root: Path) -> Counts:
    """By the names of the files."""
    return count_files(_files(root)[0])


def count_files(found: Found) -> Counts:
    """How many files `assemble` takes for each part."""
    train, test, validation = (
        None if part is None else sum(map(len, part.values()))
        for part in (found.train, found.test, found.validation)
    )
    assert train is not None
    return Counts(train, test, validation, {name: len(own) for name, own in found.train.items()})


def load(root: Path, reading: Reading) -> Parts:
    """All images; those of another size than the first are an error unless a size is given."""
    found, remarks = _files(root)
    classes = _in_order(root, tuple(found.train), reading.classes)
    return assemble(root, classes, found, reading, remarks)


def assemble(
    root: Path, classes: tuple[str, ...], found: Found, reading: Reading, remarks: dict[str, str]
) -> Parts:
    """A set of the files of each class and part.

    root: of the set, for messages. remarks: what is to be said of them so far.
    """
    if found.test is None and reading.every_fifth:
        found = _take_every_fifth(found)
    damaged: list[str] = []
    if reading.skips_damaged:
        found = _readable(root, found, reading, damaged)
    if damaged:
        remarks["damaged"] = _left_out(root, damaged)
    like = like_of(found.train, reading)
    parts = {"train": found.train, "validation": found.validation, "test": found.test}
    there = {name: part for name, part in parts.items() if part}
    splits, files = _splits(classes, there, like, reading, remarks)
    return Parts(classes, **splits, remarks=remarks, damaged=tuple(damaged), files=files)


def part(root: Path, reading: Reading, wanted: str) -> Labelled:
    """The images of one part, which is scaled; others need not be there."""
    try:
        name, files, aside = find_part(root, wanted)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    remarks = {"aside": f"{root}: left aside: {text}"} if (text := aside_text(aside)) else {}
    return one_part(root, files, reading, name, remarks)


def one_part(
    root: Path, files: Files, reading: Reading, part: str | None, remarks: dict[str, str]
) -> Labelled:
    """The files of each class as one part of that name."""
    damaged: list[str] = []
    if reading.skips_damaged:
        found = Found(files, None, None, Counter())
        files = _readable(root, found, reading, damaged).train
    if damaged:
        remarks["damaged"] = _left_out(root, damaged)
    classes = tuple(files)
    like = like_of(files, reading)
    splits, _ = _splits(classes, {"all": files}, like, reading, remarks)
    return Labelled(splits["all"], classes, part, remarks)


def _left_out(root: Path, damaged: list[str]) -> str:
    damaged.sort()
    left_out = f"{count(len(damaged), 'damaged file')} left out"
    return f"warning: {root}: {left_out}, the first: {damaged[0]}"


def _splits(
    classes: tuple[str, ...],
    parts: dict[str, Files],
    like: Like,
    reading: Reading,
    remarks: dict[str, str],
) -> tuple[dict[str, Split], dict[str, list[Path]]]:
    """The images and the files of each part, all in memory if they are not too many."""
    files = {
        name: [file for own in classes for file in part.get(own, [])]
        for name, part in parts.items()
    }
    size = sum(map(len, files.values())) * like.volume.size
    in_memory = size <= (reading.memory or MEMORY) * 2**20
    splits = {}
    for name, own in files.items():
        images = FolderImages(own, like.volume, reading, like.first, remarks)
        labels = [k for k, each in enumerate(classes) for _ in parts[name].get(each, [])]
        stored = np.asarray(images) if in_memory else images
        splits[name] = Split(stored, np.array(labels, np.int64), own)
    return splits, files


def _files(root: Path) -> tuple[Found, dict[str, str]]:
    """The files of each class, and what is to be said of them."""
    remarks: dict[str, str] = {}
    try:
        found = find(root)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    if aside := aside_text(found.aside):
        remarks["aside"] = f"{root}: left aside: {aside}"
    return found, remarks


def _take_every_fifth(found: Found) -> Found:
    """With every fifth file of a class to test on, also of those that are damaged."""
    last = TEST_SHARE - 1
    test = {name: files[last::TEST_SHARE] for name, files in found.train.items()}
    train = {
        name: [file for i, file in enumerate(files) if i % TEST_SHARE != last]
        for name, files in found.train.items()
    }
    return found._replace(train=train, test=test)


def _in_order(
    root: Path, classes: tuple[str, ...], recorded: tuple[str, ...] | None
) -> tuple[str, ...]:
    """The order of the classes that is asked for. Raises DataError where they are others."""
    if recorded is None or set(recorded) == set(classes):
        return recorded or classes
    absent, new = (
        join_words(sorted(names, key=natural)) if names else ""
        for names in (set(recorded) - set(classes), set(classes) - set(recorded))
    )
    found = f"{new} instead of {absent}" if absent and new else f"no {absent}" if absent else new
    remedy = "name the folders as they were, or start a new run"
    raise problem(root, "the classes that the run began with", found, remedy)


def _readable(root: Path, found: Found, reading: Reading, damaged: list[str]) -> Found:
    """Without the files that cannot be read as images; those are told to `damaged`.

    Raises DataError where that leaves a part, or a class to train on, without images.
    """

    def is_readable(file: Path) -> bool:
        try:
            decode(file, reading)
        except DamagedFile as error:
            damaged.append(str(error))
            return False
        return True

    def of(part: Files | None) -> Files | None:
        return part and {name: list(filter(is_readable, own)) for name, own in part.items()}

    kept = Found(of(found.train) or {}, of(found.validation), of(found.test), found.aside)
    is_empty = not all(kept.train.values())
    if is_empty or any(part and not any(part.values()) for part in (kept.validation, kept.test)):
        raise damaged_files(root, sorted(damaged))
    return kept


def like_of(train: Files, reading: Reading) -> Like:
    """The size of all images, and the file that has it."""
    failure: DamagedFile | None = None
    for file in (file for own in train.values() for file in own):
        try:
            return Like(reading.size or volume_of(decode(file, reading)), file)
        except DamagedFile as error:
            failure = error
            if not reading.skips_damaged:
                break
    assert failure, "no class is without files"
    raise failure
