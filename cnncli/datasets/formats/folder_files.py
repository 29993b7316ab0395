"""Which files of a folder are a set's images: by part and class, and what is left aside.

Folders for parts are called train, training or training_set; val, valid or validation; test,
testing or test_set, in small letters or capitals. Without one to train on, the folders are classes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cnncli.bounds import MAX_CLASSES
from cnncli.datasets.labelled import choose
from cnncli.datasets.problems import beginning, in_utf8, problem
from cnncli.text import ForeignPath, join_words, natural

from .images import FORMATS

REMEDY = "put the images into a folder for each class"

PARTS = {
    "train": ("train", "training", "training_set"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing", "test_set"),
}
"""What each part may be called."""
_HIDDEN = ("__macosx", "thumbs.db", "desktop.ini")
"""What systems put beside one's own files; so are all names that begin with a dot."""
_LEVELS = 10
"""Of lone folders inside each other, that are looked into."""
_SHOWN = 5
"""Kinds of files left aside that are named."""

Files = dict[str, list[Path]]
"""The images of each class."""


class Found(NamedTuple):
    """The files of each part; of validation and test None, where the set has none of its own.

    aside: what is not read, by its kind.
    """

    train: Files
    validation: Files | None
    test: Files | None
    aside: Counter[str]


def find(root: Path) -> Found:
    """All images below a folder; classes in natural order, the files of each as Python sorts them.

    Raises DataError where they are not laid out as a set, and OSError.
    """
    aside: Counter[str] = Counter()
    folders = _subfolders(root, aside)
    parts = {part: _folder_for(root, folders, names) for part, names in PARTS.items()}
    if not _are_parts(parts):
        _refuse_lone(root, folders)
        return Found(_by_class(root, folders, aside), None, None, aside)
    aside.update(f"folder {name}/" for name in folders if root / name not in parts.values())
    train = _part(parts["train"] or root / "train", aside)
    others = {}
    for name in ("validation", "test"):
        if folder := parts[name]:
            others[name] = _part(folder, aside)
            strangers = sorted(set(others[name]) - set(train))
            if strangers:
                expected = f"the classes of {parts['train']}"
                raise problem(folder, expected, strangers[0], "name the folders alike")
    return Found(train, others.get("validation"), others.get("test"), aside)


def find_part(root: Path, wanted: str) -> tuple[str | None, Files, Counter[str]]:
    """The images of one part by class, and what is aside; of folders of classes alone, all.

    Its name is None then; others need not be there. Raises as `find` does.
    """
    aside: Counter[str] = Counter()
    folders = _subfolders(root, aside)
    parts = {part: _folder_for(root, folders, names) for part, names in PARTS.items()}
    if not _are_parts(parts):
        _refuse_lone(root, folders)
        return None, _by_class(root, folders, aside, least=1), aside
    there = {part: folder for part, folder in parts.items() if folder}
    name, folder = choose(root, there, wanted)
    return name, _by_class(folder, _subfolders(folder, aside), aside, least=1), aside


def aside_text(aside: Counter[str]) -> str:
    """What was left aside, in words; empty where nothing was."""
    kinds = sorted(
        ((beginning(kind), n) for kind, n in aside.items()), key=lambda it: (-it[1], it[0])
    )
    if not kinds:
        return ""
    rest = sum(number for _, number in kinds[_SHOWN:])
    kinds = kinds[:_SHOWN] + ([("others", rest)] if rest else [])
    return join_words(f"{kind} ({number:,})" for kind, number in kinds)


def _are_parts(folders: dict[str, Path | None]) -> bool:
    """Whether the folders are parts of a set; one that is called train may also be a class."""
    train, test = folders["train"], folders["test"]
    if test or folders["validation"] or not train:
        return bool(test or train)
    return not any(p.suffix.lower() in FORMATS and os.path.isfile(p) for p in train.iterdir())


def _folder_for(root: Path, folders: list[str], names: tuple[str, ...]) -> Path | None:
    """The one folder of a part. Raises DataError where there are several."""
    found = [name for name in folders if name.lower() in names]
    if len(found) > 1:
        expected = f"one folder of {join_words(names, 'or')}"
        raise problem(root, expected, join_words(found), "put all that they hold into one")
    return root / found[0] if found else None


def _refuse_lone(root: Path, folders: list[str]) -> None:
    """Raises DataError where a single folder lies around those of the set."""
    inner, inside = root, folders
    for _ in range(_LEVELS):
        if len(inside) != 1 or inside[0].lower() in PARTS["train"]:
            break
        inner = inner / inside[0]
        inside = _subfolders(inner, Counter())
    if inner != root and inside and (len(inside) > 1 or inside[0].lower() in PARTS["train"]):
        expected = "folders of classes, or train/ and test/"
        raise problem(root, expected, f"one folder around them, {folders[0]}", _root_at(inner))


def _root_at(folder: Path) -> str:
    return f"set data.root, or --data, to {folder}"


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _HIDDEN


def _subfolders(folder: Path, aside: Counter[str]) -> list[str]:
    """Names of the folders in a folder that is none of a class; images beside them are aside."""
    if not os.path.isdir(folder):
        raise problem(folder, "a folder", "a file" if os.path.exists(folder) else "none", REMEDY)
    names = []
    for path in folder.iterdir():
        if not _is_hidden(path.name):
            if os.path.isdir(path):
                names.append(path.name)
            elif path.suffix.lower() in FORMATS:
                aside[f"{path.suffix.lower()} outside of classes"] += 1
    return sorted(names, key=natural)


def _part(folder: Path, aside: Counter[str]) -> Files:
    return _by_class(folder, _subfolders(folder, aside), aside)


def _by_class(folder: Path, classes: list[str], aside: Counter[str], least: int = 2) -> Files:
    if len(classes) < least:
        expected = "two folders of classes or more" if least == 2 else "folders of classes"
        raise problem(folder, expected, str(len(classes)), REMEDY)
    if len(classes) > MAX_CLASSES:
        raise problem(folder, f"at most {MAX_CLASSES:,} classes", f"{len(classes):,}", REMEDY)
    for name in classes:
        in_utf8(folder / name, name)
    return {name: _images_of(folder / name, aside) for name in classes}


def _images_of(folder: Path, aside: Counter[str]) -> list[Path]:
    """All images of a class, those of its sub-folders too."""
    _refuse_parts(folder)
    files = []
    for path in walk(folder, aside):
        kind = path.suffix.lower()
        if kind in FORMATS:
            files.append(path)
        else:
            aside[kind or "no ending"] += 1
    if not files:
        raise problem(folder, f"images ({', '.join(FORMATS)})", "none", REMEDY)
    return sorted(files)


def _refuse_parts(folder: Path) -> None:
    """Raises DataError for a class that is a whole set with its parts."""
    names = {path.name.lower() for path in folder.iterdir()}
    if all(names & set(PARTS[part]) for part in ("train", "test")):
        raise problem(
            folder, "images of one class", "folders to train and test on", _root_at(folder)
        )


def walk(folder: Path, aside: Counter[str]) -> Iterator[Path]:
    """What is in a folder and below it.

    Links lead anywhere, also in a circle: what they lead to has no sub-folders. A folder with the
    name of an image is taken for one, and refused when it is read.
    """
    is_linked = os.path.islink(folder) or os.path.islink(folder.parent)
    for place, folders, names in os.walk(folder, onerror=_raise):
        yield from (ForeignPath(place, name) for name in names if not _is_hidden(name))
        entered = []
        for name in filter(lambda name: not _is_hidden(name), folders):
            path = ForeignPath(place, name)
            if path.suffix.lower() in FORMATS:
                yield path
            elif is_linked or os.path.islink(path):
                aside["linked folders"] += 1
            else:
                entered.append(name)
        folders[:] = entered


def _raise(error: OSError) -> None:
    raise error
