"""Images of one's own in a NumPy archive, which may be anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnncli.datasets.base import Counts
from cnncli.datasets.dataset import Parts, Split
from cnncli.datasets.formats.expansion import as_many, count_classes
from cnncli.datasets.labelled import Labelled, choose
from cnncli.datasets.problems import problem
from cnncli.geometry import Volume
from cnncli.lazy import Images, Labels, np
from cnncli.text import join_words

from .array_names import TEST, TRAIN, VALIDATION, Pair, find_pairs, image_arrays
from .label_values import (
    ClassLabels,
    check_form,
    class_names,
    in_classes,
    numbering_warning,
    read_labels,
)
from .members import REMEDY, Members, open_members
from .pixel_values import range_problem, read_pixels, rule_of

_NAMES = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}
_FEW = 4
"""As many channels as images may have that are told from rows of pixels."""


@dataclass(frozen=True)
class _Looked:
    """An archive by its headers: its parts, and the shape (N, H, W, C) of each one's images."""

    pairs: dict[str, Pair]
    shapes: dict[str, tuple[int, ...]]
    layout: str | None

    @property
    def size(self) -> Volume:
        _, height, width, channels = self.shapes[TRAIN]
        return Volume(width, height, channels)


def describe(path: Path, layout: str | None) -> tuple[Volume, tuple[str, ...], bool]:
    """Image size, classes, and whether there are images of its own for validation.

    Of the images only the headers are read.
    """
    with open_members(path) as arrays:
        looked = _look(arrays, layout, find_pairs(path, arrays.names))
        name = looked.pairs[TRAIN].labels
        classes = class_names(arrays, name, read_labels(arrays, name))
    return looked.size, classes, VALIDATION in looked.pairs


def count_images(path: Path, layout: str | None) -> Counts:
    """By the headers; the labels are read where some of their images are to test on."""
    with open_members(path) as arrays:
        looked = _look(arrays, layout, find_pairs(path, arrays.names))
        counts = {part: shape[0] for part, shape in looked.shapes.items()}
        of_classes = {}
        if TEST not in counts:
            classes, labels, _ = _labels(arrays, looked.pairs)
            sizes = np.bincount(labels[TRAIN], minlength=len(classes)).tolist()
            of_classes = dict(zip(classes, sizes, strict=True))
    return Counts(counts[TRAIN], counts.get(TEST), counts.get(VALIDATION), of_classes)


def load(path: Path, layout: str | None) -> Parts:
    """The whole archive; the classes are those to train on. Raises DataError if it is damaged.

    layout: nchw where channels come before rows.
    """
    with open_members(path) as arrays:
        looked = _look(arrays, layout, find_pairs(path, arrays.names))
        pairs = looked.pairs
        for part, (_, height, width, channels) in looked.shapes.items():
            found = Volume(width, height, channels)
            if found != looked.size:
                where = arrays.where(pairs[part].images)
                raise problem(where, f"images of {looked.size}", str(found), "make them alike")
        classes, labels, doubt = _labels(arrays, pairs)
        names = [pair.images for pair in pairs.values()]
        pixels, doubts = read_pixels(arrays, names)
        splits = {
            part: Split(_in_order(images, looked.layout), labels[part])
            for part, images in zip(pairs, pixels, strict=True)
        }
        return Parts(
            classes,
            splits[TRAIN],
            splits.get(TEST),
            splits.get(VALIDATION),
            remarks=_notes(arrays, pairs)
            | {f"doubt {i}": f"warning: {text}" for i, text in enumerate((*doubt, *doubts))},
        )


def part(path: Path, layout: str | None, name: str) -> Labelled:
    """The images of one part; others need not be there. Raises DataError as `load` does."""
    with open_members(path) as arrays:
        pairs = find_pairs(path, arrays.names, needed=())
        found, pair = choose(path, {_NAMES[each]: pair for each, pair in pairs.items()}, name)
        looked = _look(arrays, layout, {TRAIN: pair})
        own = read_labels(arrays, pair.labels)
        if own.names is None:
            count_classes(arrays.where(pair.labels), own.numbers, "count classes from 0")
        (pixels,), doubts = read_pixels(arrays, [pair.images])
        split = Split(_in_order(pixels, looked.layout), own.numbers)
        remarks = {f"doubt {i}": f"warning: {text}" for i, text in enumerate(doubts)}
        return Labelled(split, own.names, found, remarks)


def images_alone(path: Path, layout: str | None) -> dict[str, Images]:
    """The arrays of images by their names, (N, H, W, C) each; labels need not be there.

    Raises DataError where there are none, or the archive is damaged.
    """
    with open_members(path) as arrays:
        names = image_arrays(path, arrays.names)
        arrays.check_ratio(names)
        for name in names:
            _image_shape(arrays, name, layout)
        _check_types(arrays, names)
        pixels, _ = read_pixels(arrays, names)
        return {name: _in_order(images, layout) for name, images in zip(names, pixels, strict=True)}


def _labels(
    arrays: Members, pairs: dict[str, Pair]
) -> tuple[tuple[str, ...], dict[str, Labels], list[str]]:
    """The classes, the labels of each part as numbers of these, and warnings of them."""
    found: dict[str, ClassLabels] = {
        part: read_labels(arrays, pair.labels) for part, pair in pairs.items()
    }
    train = pairs[TRAIN].labels
    classes = class_names(arrays, train, found[TRAIN])
    labels = {
        part: in_classes(arrays.where(pairs[part].labels), own, classes, train)
        for part, own in found.items()
    }
    everywhere = join_words([pair.labels for pair in pairs.values()])
    doubt = numbering_warning(arrays.where(train), found[TRAIN], train, everywhere)
    return classes, labels, [doubt] if doubt else []


def _look(arrays: Members, layout: str | None, pairs: dict[str, Pair]) -> _Looked:
    """The parts, of whose images and labels there are as many."""
    names = [name for pair in pairs.values() for name in pair]
    arrays.check_ratio(names)
    shapes = {part: _image_shape(arrays, pair.images, layout) for part, pair in pairs.items()}
    _check_types(arrays, [pair.images for pair in pairs.values()])
    for part, (_, labels) in pairs.items():
        where, header = arrays.where(labels), arrays.header(labels)
        check_form(where, header)
        arrays.check_length(labels)
        as_many(where, shapes[part][0], header.shape[0], REMEDY)
    return _Looked(pairs, shapes, layout)


def _image_shape(arrays: Members, name: str, layout: str | None) -> tuple[int, ...]:
    """As (N, H, W, C)."""
    shape, where = arrays.header(name).shape, arrays.where(name)
    if len(shape) not in (3, 4) or 0 in shape:
        found = f"{arrays.header(name).dtype} {shape}"
        raise problem(where, "images (N, H, W) or (N, H, W, C)", found, _reshape(shape))
    arrays.check_length(name)
    if len(shape) == 3:
        return (*shape, 1)
    if layout == "nchw":
        count, channels, height, width = shape
        return count, height, width, channels
    if layout is None and shape[1] <= _FEW < shape[3]:
        raise problem(
            where,
            "images (N, H, W, C)",
            f"{shape}, which look like (N, C, H, W)",
            "set data.layout: nchw if they are, or nhwc if not",
        )
    return shape


def _reshape(shape: tuple[int, ...]) -> str:
    """What to do about images that are none by their shape."""
    side = round(shape[1] ** 0.5) if len(shape) == 2 else 0
    if side and side * side == shape[1]:
        return f"write images.reshape(-1, {side}, {side}) if they are grey and square"
    return "write images.reshape(-1, height, width, channels)"


def _check_types(arrays: Members, names: list[str]) -> None:
    """Numbers of which is known what they stand for; what helps others follows from their range."""
    for name in names:
        kind = arrays.header(name).dtype
        if rule_of(kind) is None and kind.kind in "iu":
            raise range_problem(arrays, [n for n in names if arrays.header(n).dtype == kind])
        if rule_of(kind) is None:
            remedy = "write them as one array of uint8, values 0 to 255"
            raise problem(arrays.where(name), "images of numbers", str(kind), remedy)


def _in_order(images: Images, layout: str | None) -> Images:
    """(N, H, W, C), C contiguous."""
    if images.ndim == 3:
        return images[..., np.newaxis]
    if layout == "nchw":
        return np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    return images


def _notes(arrays: Members, pairs: dict[str, Pair]) -> dict[str, str]:
    """What was read as what, and what was left aside."""
    notes = {
        pair.images: f"{pair.images}: {arrays.header(pair.images).dtype} "
        f"{rule_of(arrays.header(pair.images).dtype)}; labels from {pair.labels}"
        for pair in pairs.values()
    }
    read = {name for pair in pairs.values() for name in pair}
    aside = [name for name in arrays.names if name not in read]
    return notes | ({"aside": f"left aside: {join_words(aside)}"} if aside else {})
