"""Images by a table of files and classes, or of pixels: label, pixel0, pixel1, ..."""

from __future__ import annotations

import math
import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cnncli.bounds import MAX_CLASS_NAME, MAX_CLASSES, MAX_PATH_BYTES, MAX_TABLE_ROWS
from cnncli.datasets.base import PLAIN, Counts, Description, Reading
from cnncli.datasets.dataset import Parts, Split
from cnncli.datasets.labelled import Labelled, choose
from cnncli.datasets.problems import problem, section_problem, unreadable
from cnncli.geometry import Volume
from cnncli.lazy import Images, np
from cnncli.text import ForeignPath, join_words, natural

from .csv_table import Row, Table, open_table
from .folder_files import PARTS, Files, Found
from .image_folder import assemble, count_files, like_of, one_part
from .images import FORMATS

_FILES = ("file", "filename", "file_name", "filepath", "file_path", "path", "image", "image_path",
          "img")  # fmt: skip
_LABELS = ("label", "labels", "class", "class_name", "category", "target", "species")
_SPLITS = ("split", "subset")
_BELOW = "give paths below the table's folder, with / between folders"


class _Columns(NamedTuple):
    """The places of the columns in a row. file: None where the others hold the pixels."""

    file: int | None
    label: int
    split: int | None
    pixels: Sequence[int] = ()


class _Found(NamedTuple):
    """What the rows say: of each image the class and the part, and its file or its pixels."""

    labels: list[str]
    parts: list[str]
    files: list[Path]
    pixels: bytearray
    shape: tuple[int, ...]
    """(H, W, C), or (C, H, W) by the layout, of images in the table."""


def describe(path: Path, reading: Reading) -> Description:
    """Image size and classes."""
    found = _read(path, reading)
    if found.shape:
        size = _volume(found.shape, reading.layout)
    else:
        pairs = zip(found.files, found.parts, strict=True)
        size = like_of({"": [file for file, part in pairs if part == "train"]}, reading).volume
    return Description(size, _classes(path, found), "validation" in found.parts)


def count_images(path: Path, reading: Reading) -> Counts:
    """By the rows. Raises DataError where the table is not as it should be."""
    found = _read(path, reading)
    images = found.files or [path] * len(found.labels)
    return count_files(_in_parts(found, images, _classes(path, found)))


def load(path: Path, reading: Reading) -> Parts:
    """All images. Raises DataError where the table, or a file in it, is not as it should be."""
    found = _read(path, reading)
    classes = _classes(path, found)
    if found.shape:
        return _in_table(found, classes, reading.layout)
    return assemble(path, classes, _in_parts(found, found.files, classes), reading, {})


def _in_parts(found: _Found, images: Sequence[Path], classes: Sequence[str]) -> Found:
    """The file of each row by its part and class."""
    parts: dict[str, Files] = {part: {} for part in dict.fromkeys(("train", *found.parts))}
    for label, part, file in zip(found.labels, found.parts, images, strict=True):
        parts[part].setdefault(label, []).append(file)
    in_order = {
        part: {name: own[name] for name in classes if name in own} for part, own in parts.items()
    }
    train, test = in_order["train"], in_order.get("test")
    return Found(train, in_order.get("validation"), test, Counter())


def part(path: Path, reading: Reading, name: str) -> Labelled:
    """The images of one part; others need not be there. A table of pixels has no `size`."""
    found = _read(path, reading, any_form=True)
    there = {each: each for each in dict.fromkeys(found.parts)}
    own, wanted = choose(path, there, name)
    rows = [i for i, each in enumerate(found.parts) if each == wanted]
    labels = [found.labels[i] for i in rows]
    classes = tuple(sorted(set(labels), key=natural))
    if found.shape:
        whole = found._replace(labels=labels, parts=["train"] * len(rows))
        images = np.frombuffer(found.pixels, np.uint8).reshape(-1, *found.shape)[rows]
        parts = _in_table(whole._replace(pixels=bytearray(images)), classes, reading.layout)
        return Labelled(parts.train, classes, own)
    files: Files = {each: [] for each in classes}
    for i, label in zip(rows, labels, strict=True):
        files[label].append(found.files[i])
    return one_part(path, files, reading, own, {})


def _in_table(found: _Found, classes: tuple[str, ...], layout: str | None) -> Parts:
    images: Images = np.frombuffer(found.pixels, np.uint8).reshape(-1, *found.shape)
    if layout == "nchw":
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[label] for label in found.labels], np.int64)
    parts = np.array(found.parts)
    splits = {
        part: Split(images[parts == part], labels[parts == part]) for part in set(found.parts)
    }
    return Parts(classes, splits["train"], splits.get("test"), splits.get("validation"))


def _read(path: Path, reading: Reading, *, any_form: bool = False) -> _Found:
    """All rows, checked; of files whether they are there, but not what is in them.

    any_form: the reading may have keys of files though there are pixels, and the other way round,
    and there need be no rows to train on.
    """
    with open_table(path) as table:
        columns = _columns(table, reading, any_form)
        shape = () if columns.file is not None else _shape(table, columns.pixels, reading)
        found = _Found([], [], [], bytearray(), shape)
        root = os.path.realpath(path.parent)
        names: dict[str, str] = {}
        files: dict[str, Path] = {}
        for row in table:
            if len(found.labels) == MAX_TABLE_ROWS:
                expected = f"at most {MAX_TABLE_ROWS:,} rows"
                raise problem(path, expected, "more", "write the images to an npz file")
            label = _label(table, row, columns.label)
            found.labels.append(names.setdefault(label, label))
            if len(names) > MAX_CLASSES:
                raise problem(path, f"at most {MAX_CLASSES:,} classes", "more", "give fewer")
            found.parts.append(_part(table, row, columns.split))
            if columns.file is None:
                found.pixels.extend(_pixels(table, row, columns.pixels))
                continue
            text = row.values[columns.file].strip()
            if text not in files:
                files[text] = _file(table, row, text, root)
            found.files.append(files[text])
    if not found.parts or ("train" not in found.parts and not any_form):
        raise problem(path, "rows to train on", "none", "add some")
    return found


def _columns(table: Table, reading: Reading, any_form: bool) -> _Columns:
    """Raises DataError where a column is missing, ConfigError for keys of the other form."""
    label = table.column(_LABELS, reading.label_column, "label_column")
    if label is None:
        remedy = "set data.label_column to one"
        raise problem(table.path, "a column 'label'", join_words(table.columns), remedy)
    split = table.column(_SPLITS, None, "")
    others = [i for i in range(len(table.columns)) if i not in (label, split)]
    if reading.file_column is None and _are_pixels([table.columns[i] for i in others]):
        for key, value in (
            ("size", reading.size),
            ("memory", reading.memory),
            ("background", reading.background),
        ):
            if value != getattr(PLAIN, key) and not any_form:
                raise section_problem(key, f"{table.path} holds pixels and no files; leave it out")
        return _Columns(None, label, split, others)
    if reading.layout is not None and not any_form:
        raise section_problem("layout", f"{table.path} holds no pixels; leave it out")
    file = table.column(_FILES, reading.file_column, "file_column")
    if file is None:
        remedy = "set data.file_column to one"
        raise problem(table.path, "a column 'file'", join_words(table.columns), remedy)
    return _Columns(file, label, split)


def _are_pixels(names: Sequence[str]) -> bool:
    """Whether columns are numbered from 0 or 1 on, and called alike else: pixel0, pixel1, ..."""
    found = [re.fullmatch(r"(\D+)(0|[1-9][0-9]{0,8})", name) for name in names]
    if not all(found) or not found:
        return False
    pairs = [(each[1], int(each[2])) for each in found if each]
    word, first = pairs[0]
    return first in (0, 1) and pairs == [(word, first + i) for i in range(len(pairs))]


def _shape(table: Table, pixels: Sequence[int], reading: Reading) -> tuple[int, ...]:
    """Of an image of so many pixels: a grey square, or a square of three colours."""
    count = len(pixels)
    side = math.isqrt(count)
    if side * side == count:
        return (side, side, 1) if reading.layout != "nchw" else (1, side, side)
    side = math.isqrt(count // 3)
    if 3 * side * side != count:
        remedy = "write the images to an npz file, which has their shape"
        expected = "pixels of a square, grey or of three colours"
        raise problem(table.path, expected, f"{count:,} columns", remedy)
    if reading.layout is None:
        remedy = (
            "set data.layout: nhwc if the three colours of a pixel stand together, or nchw if not"
        )
        found = f"{count:,} columns, which are {side}x{side}x3 in either order"
        raise problem(table.path, "pixels of a grey square", found, remedy)
    return (side, side, 3) if reading.layout == "nhwc" else (3, side, side)


def _volume(shape: tuple[int, ...], layout: str | None) -> Volume:
    height, width, channels = shape if layout != "nchw" else (*shape[1:], shape[0])
    return Volume(width, height, channels)


def _classes(path: Path, found: _Found) -> tuple[str, ...]:
    """The names to train on, in natural order; no other part has others."""
    own: dict[str, set[str]] = {"train": set()}
    for part, label in zip(found.parts, found.labels, strict=True):
        own.setdefault(part, set()).add(label)
    for part, names in own.items():
        strangers = sorted(names - own["train"], key=natural)
        if strangers:
            expected = f"in {part} the classes of train"
            raise problem(path, expected, join_words(strangers), "train on some of them")
    return tuple(sorted(own["train"], key=natural))


def _label(table: Table, row: Row, column: int) -> str:
    label = row.values[column].strip()
    if not label or len(label) > MAX_CLASS_NAME:
        expected = f"a class of 1 to {MAX_CLASS_NAME:,} characters"
        raise table.problem(row, expected, f"{len(label):,}", "give each image its class")
    return label


def _part(table: Table, row: Row, column: int | None) -> str:
    """The part of a row; without a column, all is to train on."""
    if column is None:
        return "train"
    word = row.values[column].strip().lower()
    for part, words in PARTS.items():
        if word in words:
            return part
    remedy = f"write it in the column {table.columns[column]!r}"
    raise table.problem(row, "train, val or test", repr(row.values[column]), remedy)


def _pixels(table: Table, row: Row, columns: Sequence[int]) -> bytes:
    values = [row.values[column] for column in columns]
    try:
        return bytes(map(int, values))
    except ValueError:
        wrong = next(value for value in values if not re.fullmatch(r"\s*[0-9]{1,3}\s*", value)
                     or int(value) > 255)  # fmt: skip
        remedy = "write pixels as such numbers"
        raise table.problem(row, "whole numbers from 0 to 255", repr(wrong), remedy) from None


def _file(table: Table, row: Row, text: str, root: str) -> Path:
    """The file that a row names, which is one, and below the real folder `root` of the table."""
    relative = ForeignPath(text)
    if not text or "\0" in text or len(text.encode()) >= MAX_PATH_BYTES:
        raise table.problem(row, "a path", repr(text[:20]) if text else "nothing", _BELOW)
    if relative.is_absolute() or ".." in relative.parts:
        raise table.problem(row, "a path below the table's folder", text, _BELOW)
    if relative.suffix.lower() not in FORMATS:
        expected = f"a file of {join_words(FORMATS, 'or')}"
        raise table.problem(row, expected, text, "give the names with their endings")
    path = table.path.parent / relative
    real = os.path.realpath(path)
    if os.path.commonpath((root, real)) != root:
        raise table.problem(row, "a file below the table's folder", f"a link: {text}", _BELOW)
    try:
        mode = os.stat(real).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise table.problem(row, "a file", f"none: {text}", _BELOW) from None
    except OSError as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise table.problem(row, "a file", f"{found}: {text}", "take the row out")
    return path
