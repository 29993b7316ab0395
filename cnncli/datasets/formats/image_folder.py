"""Images by class: train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone.

The folders' names are the classes' names, in alphabetical order; the files of a class are sorted
by name.
"""

from __future__ import annotations

import os
from pathlib import Path

from cnncli.bounds import MAX_CLASSES
from cnncli.datasets.dataset import Parts, Split
from cnncli.datasets.problems import in_utf8, problem, unreadable
from cnncli.geometry import Volume
from cnncli.lazy import np

from .images import FORMATS, FolderImages, decode, volume_of

MEMORY = 1024
"""MiB of images that are held in memory, unless the configuration says otherwise."""
_REMEDY = "put the images into a folder for each class"

Files = dict[str, list[Path]]


def describe(root: Path, size: Volume | None) -> tuple[Volume, tuple[str, ...]]:
    """Image size (of the first image, unless given) and classes."""
    train, _ = _files(root)
    classes = tuple(train)
    return size or volume_of(decode(train[classes[0]][0], None)), classes


def load(root: Path, size: Volume | None, memory: int | None) -> Parts:
    """All images; those of another size than the first are an error unless `size` is given.

    What takes more than `memory` MiB stays on the disk.
    """
    train, test = _files(root)
    return assemble(tuple(train), train, {"test": test}, size, memory)


def assemble(
    classes: tuple[str, ...],
    train: Files,
    others: dict[str, Files | None],
    size: Volume | None,
    memory: int | None,
) -> Parts:
    """A set of the files of each class: those to train on, and other parts (None: not there)."""
    volume = size or volume_of(decode(train[classes[0]][0], None))
    parts = {"train": train} | others
    splits = {name: _split(own, classes, volume, size) for name, own in parts.items() if own}
    if (
        sum(len(split.labels) for split in splits.values()) * volume.size
        <= (memory or MEMORY) * 2**20
    ):
        splits = {
            name: split._replace(images=np.asarray(split.images)) for name, split in splits.items()
        }
    return Parts(classes, splits["train"], splits.get("test"), splits.get("validation"))


def _files(root: Path) -> tuple[Files, Files | None]:
    """The files of each class, to train and to test on; None where there is no such part."""
    try:
        folders = _subfolders(root)
        if "train" in folders or "test" in folders:
            parts = [_by_class(root / part) for part in ("train", "test")]
            strangers = sorted(set(parts[1]) - set(parts[0]))
            if strangers:
                expected = f"the classes of {root / 'train'}"
                raise problem(root / "test", expected, strangers[0], "name the folders alike")
            return parts[0], parts[1]
        return _by_class(root), None
    except OSError as error:
        raise unreadable(error.filename or root, error) from None


def _subfolders(folder: Path) -> list[str]:
    if not os.path.isdir(folder):
        raise problem(folder, "a folder", "a file" if os.path.exists(folder) else "none", _REMEDY)
    return sorted(
        p.name for p in folder.iterdir() if os.path.isdir(p) and not p.name.startswith(".")
    )


def _by_class(folder: Path) -> Files:
    classes = _subfolders(folder)
    if len(classes) < 2:
        raise problem(folder, "two folders of classes or more", str(len(classes)), _REMEDY)
    if len(classes) > MAX_CLASSES:
        raise problem(folder, f"at most {MAX_CLASSES:,} classes", f"{len(classes):,}", _REMEDY)
    for name in classes:
        in_utf8(folder / name, name)
    return {name: _images_in(folder / name) for name in classes}


def _images_in(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in FORMATS)
    if not files:
        raise problem(folder, f"images ({', '.join(FORMATS)})", "none", _REMEDY)
    return files


def _split(part: Files, classes: tuple[str, ...], volume: Volume, size: Volume | None) -> Split:
    files = [file for own in part.values() for file in own]
    numbers = {name: number for number, name in enumerate(classes)}
    labels = [numbers[name] for name, own in part.items() for _ in own]
    return Split(FolderImages(files, volume, size), np.array(labels, np.int64))
