"""Numbers of images as values from 0 to 255: by which rule for which type."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from cnncli.datasets.problems import problem
from cnncli.errors import DataError
from cnncli.lazy import Images, np
from cnncli.text import join_words

from .members import Members

if TYPE_CHECKING:
    from numpy import dtype
    from numpy.typing import NDArray

_DIM = 16
"""Of 255: images that have no larger value are stretched, not rounded."""
_DARK = {"f": 1 / 16, "u2": 4_096, "u1": 2}
"""Largest values below which images of a type become almost black."""


class _OutOfRangeError(Exception):
    """A number is not from 0 to 1."""


def rule_of(kind: dtype[Any]) -> str | None:
    """What is done with numbers of that type, in words; None: nothing can be."""
    if kind.kind == "f":
        return "of 0 to 1, times 255 and rounded"
    if kind.kind == "b":
        return "of False and True, as 0 and 255"
    return {1: "as they are", 2: "of 0 to 65,535, divided by 257 and rounded"}.get(
        kind.itemsize if kind.kind == "u" else 0
    )


def read_pixels(arrays: Members, names: Collection[str]) -> tuple[list[Images], list[str]]:
    """The values of arrays of images, and warnings. Raises DataError for floats beyond 0 to 1."""
    tops = dict.fromkeys(names, 0.0)

    def read(name: str) -> Images:
        def change(numbers: NDArray[Any]) -> Images:
            values, top = _values(numbers)
            tops[name] = max(tops[name], top)
            return values

        images: Images = arrays.read(name, change, np.uint8)
        return images

    try:
        images = [read(name) for name in names]
    except _OutOfRangeError:
        floats = [name for name in names if arrays.header(name).dtype.kind == "f"]
        raise range_problem(arrays, floats) from None
    return images, _warnings(arrays, tops)


def _values(numbers: NDArray[Any]) -> tuple[Images, float]:
    """As bytes, and the largest number."""
    top = float(numbers.max())
    if numbers.dtype.kind == "f":
        if not (numbers.min() >= 0 and top <= 1):  # also where one is no number
            raise _OutOfRangeError
        return np.rint(numbers.astype(np.float64) * 255).astype(np.uint8), top
    if numbers.dtype.kind == "b":
        return np.where(numbers, 255, 0).astype(np.uint8), top
    if numbers.dtype.itemsize == 2:
        return ((numbers.astype(np.uint32) + 128) // 257).astype(np.uint8), top
    return numbers, top


def _warnings(arrays: Members, tops: dict[str, float]) -> list[str]:
    """Of images that are almost black by the rule for their type."""
    kinds = {name: arrays.header(name).dtype for name in tops}
    top = max(tops.values())
    least = min(_DARK.get(k.kind, _DARK.get(k.str[1:], 0)) for k in kinds.values())
    if not 0 < top < least:
        return []
    where = arrays.where(join_words(tops))
    of = f"{np.result_type(*kinds.values())} images whose largest value is {top:.6g}"
    return [f"{where}: {of} are almost black; write images / {top!r} instead"]


def range_problem(arrays: Members, names: Collection[str]) -> DataError:
    """Images whose numbers stand for no values: which range they have, and what makes it fit."""
    low, high = math.inf, -math.inf
    for name in names:
        shape, fortran, kind = arrays.header(name)
        at = 0
        for piece in arrays.pieces(name):
            if kind.kind == "f" and not np.isfinite(piece).all():
                first = at + int(np.flatnonzero(~np.isfinite(piece))[0])
                image = np.unravel_index(first, shape, "F" if fortran else "C")[0]
                return problem(
                    arrays.where(name),
                    "numbers",
                    f"{piece[first - at]} in image {image:,}",
                    f"with keep = numpy.isfinite(images).all(axis={tuple(range(1, len(shape)))}) "
                    "write images[keep] and labels[keep]",
                )
            low, high = min(low, float(piece.min())), max(high, float(piece.max()))
            at += len(piece)
    kind = arrays.header(next(iter(names))).dtype
    found = f"{kind} of {low:.6g} to {high:.6g}"
    where = arrays.where(join_words(names))
    if kind.kind in "iu" and low >= 0 and high <= 1:
        remedy = "write images.astype('bool')"
    elif low >= 0 and _DIM < high <= 255:
        remedy = "write images.round().astype('uint8')"
    elif low == high:
        remedy = "write images that are not all alike"
    else:
        remedy = f"write (images - {low!r}) / ({high!r} - {low!r})"
    return problem(where, "uint8 images, or floats of 0 to 1", found, remedy)
