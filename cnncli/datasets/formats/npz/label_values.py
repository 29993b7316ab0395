"""Labels of one's own: whole numbers, rows with a single 1, or names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncli.bounds import MAX_CLASS_NAME, MAX_CLASSES
from cnncli.datasets.formats.expansion import count_classes, labels_below, number_names
from cnncli.datasets.problems import problem
from cnncli.lazy import Labels, np
from cnncli.text import join_words, natural

from .members import REMEDY, Members
from .npy import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE = 2**16
"""Names in one go, as they become objects."""
_SHOWN = 10
"""Labels that are named in a warning."""


class ClassLabels(NamedTuple):
    """The class of each image (N,), and the names of the classes; None: by number."""

    numbers: Labels
    names: tuple[str, ...] | None
    columns: int | None = None
    """Of labels in rows: how many classes there are."""


def check_form(where: str, header: Header) -> None:
    """Raises DataError for what are no labels, by the header."""
    shape, _, kind = header
    is_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    is_row = len(shape) == 2 and shape[1] > 1 and kind.kind in "iufb"
    if not is_row and (not is_column or kind.kind not in "iuUS"):
        raise problem(
            where,
            "whole numbers or text (N,), or rows (N, K) with a single 1",
            f"{kind} {shape}",
            "convert names with labels.astype('str'), numbers with labels.astype('int64')"
            if is_column
            else "write one label for each image",
        )
    if is_row and shape[1] > MAX_CLASSES:
        raise problem(where, f"at most {MAX_CLASSES:,} classes", f"{shape[1]:,}", REMEDY)
    most = MAX_CLASS_NAME * (4 if kind.kind == "U" else 1)
    if kind.kind in "US" and not 0 < kind.itemsize <= most:
        found = f"a type of {kind.itemsize:,} bytes"
        raise problem(where, f"text of 1 to {MAX_CLASS_NAME:,} characters", found, REMEDY)


def read_labels(arrays: Members, name: str) -> ClassLabels:
    """The labels of an array whose form and length were checked."""
    where, (shape, _, kind) = arrays.where(name), arrays.header(name)
    if len(shape) == 2 and shape[1] > 1:
        return ClassLabels(_numbers_of_rows(arrays, name), None, shape[1])
    if kind.kind in "iu":
        # numbers beyond those of int64 become negative, and are refused as well
        numbers = arrays.read(name, lambda piece: piece.astype(np.int64), np.int64)
        return ClassLabels(numbers.reshape(-1), None)
    numbers = np.empty(shape[0], np.int64)
    found: dict[str, int] = {}
    for at, texts in _texts(arrays, name):
        for text in texts:
            found.setdefault(text, len(found))
        if len(found) > MAX_CLASSES:
            raise problem(where, f"at most {MAX_CLASSES:,} classes", "more names", REMEDY)
        numbers[at : at + len(texts)] = [found[text] for text in texts]
    if not all(text.strip() for text in found):
        raise problem(where, "a name for each image", "an empty one", "name every class")
    ordered = sorted(found, key=natural)
    places = np.argsort([found[text] for text in ordered])
    return ClassLabels(places[numbers], tuple(ordered))


def _numbers_of_rows(arrays: Members, name: str) -> Labels:
    """The column of the 1 in each row (N, K), which holds nothing else than 0."""
    rows = arrays.read(name, lambda n: np.where(n == 0, 0, np.where(n == 1, 1, 2)), np.uint8)
    numbers = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), _PIECE):
        part = rows[start : start + _PIECE]
        wrong = np.flatnonzero(part.sum(axis=1) != 1)
        if len(wrong):
            raise problem(
                arrays.where(name),
                "rows with a single 1, and 0 else",
                f"another at record {start + wrong[0]:,}",
                "give one label for each image, such as rows.argmax(axis=1)",
            )
        numbers[start : start + len(part)] = part.argmax(axis=1)
    return numbers


def _texts(arrays: Members, name: str) -> Iterator[tuple[int, list[str]]]:
    """The names in an array, some at a time, and the place of the first of them."""
    at = 0
    for piece in arrays.pieces(name):
        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            try:
                _check_points(part)
                found = [t.decode() if isinstance(t, bytes) else t for t in part.tolist()]
                "".join(set(found)).encode()
            except ValueError:  # code points that there are not, bytes that are no UTF-8
                raise problem(
                    arrays.where(name), "names in UTF-8", "others", "write them as text"
                ) from None
            yield at + start, found
        at += len(piece)


def _check_points(texts: NDArray[Any]) -> None:
    """Raises ValueError for code points that there are not, which NumPy takes for a bug."""
    if texts.dtype.kind == "U":
        points = texts.view(texts.dtype.str[0] + "u4")
        if points.max() > sys.maxunicode:
            raise ValueError


def class_names(arrays: Members, name: str, train: ClassLabels) -> tuple[str, ...]:
    """The names of the classes that the labels to train on speak of, which that array holds."""
    if train.names is not None:
        return train.names
    remedy = f"write {_without_gaps(name)} for the labels of each part"
    return number_names(train.columns or count_classes(arrays.where(name), train.numbers, remedy))


def _without_gaps(train: str) -> str:
    """What makes labels count from 0, one by one."""
    return f"numpy.searchsorted(numpy.unique({train}), labels)"


def in_classes(where: str, own: ClassLabels, classes: tuple[str, ...], train: str) -> Labels:
    """The labels (N,) of any part as numbers of these classes, those of the array `train`.

    Raises DataError where one is of no class.
    """
    remedy = f"{train} decides the classes"
    if own.names is None:
        if classes != number_names(len(classes)):
            raise problem(where, "names of classes", "numbers", f"write them as in {train}")
        labels_below(where, own.numbers, len(classes), remedy)
        return own.numbers
    numbers = {name: number for number, name in enumerate(classes)}
    strangers = [name for name in own.names if name not in numbers]
    if strangers:
        raise problem(where, f"names of {train}", strangers[0], remedy)
    found: Labels = np.array([numbers[name] for name in own.names], np.int64)[own.numbers]
    return found


def numbering_warning(where: str, own: ClassLabels, train: str, everywhere: str) -> str | None:
    """A warning of labels that leave numbers out, for each of which there is a class all the same.

    train: the array of these labels. everywhere: those of all parts.
    """
    if own.names is not None or own.columns is not None:
        return None
    absent = np.flatnonzero(np.bincount(own.numbers) == 0)
    if not len(absent):
        return None
    if len(absent) == own.numbers.min():
        remedy = f"write labels - {len(absent)} in {everywhere}"
        return f"{where}: the labels begin at {len(absent)}, and classes at 0; {remedy}"
    shown = [str(number) for number in absent[:_SHOWN]]
    shown += [f"{len(absent) - _SHOWN:,} more"] if len(absent) > _SHOWN else []
    remedy = f"write {_without_gaps(train)} in {everywhere}"
    return f"{where}: no image has the label {join_words(shown, 'or')}; {remedy}"
