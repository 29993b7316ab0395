"""Which arrays of an archive are images and labels, and of which part, by their names.

x, images, data (y, labels, targets), alone or with train, test or val before or after it and an
underscore between them, in any case; arr_0 and arr_1, which numpy.savez calls arrays without names.
An array of no part is to train on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cnncli.datasets.problems import problem
from cnncli.text import join_words

from .members import REMEDY

TRAIN, VALIDATION, TEST = "train", "val", "test"
_KINDS = {
    "images": ("x", "images", "data", "arr_0"),
    "labels": ("y", "labels", "targets", "arr_1"),
}
_PARTS = {TRAIN: TRAIN, TEST: TEST, VALIDATION: VALIDATION, "valid": VALIDATION,
          "validation": VALIDATION}  # fmt: skip
_FORMER = {"x_train", "y_train", "x_test", "y_test"}
"""Where all of them are there, no other array is taken for one of theirs: runs have used them."""
_UNNAMED = re.compile(r"arr_\d+")


class Pair(NamedTuple):
    """The names of a part's arrays."""

    images: str
    labels: str


def find_pairs(
    path: Path, names: Sequence[str], needed: Sequence[str] = (TRAIN,)
) -> dict[str, Pair]:
    """The arrays of each part; the needed ones are there.

    Raises DataError where an array is missing, or two are the same by their names.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys(names):
        role = _role(name)
        if role and not (set(names) >= _FORMER and role[1] != VALIDATION and name not in _FORMER):
            found.setdefault(role, []).append(name)
    for (kind, part), same in found.items():
        if len(same) > 1:
            raise problem(
                path,
                f"one array of {kind} of the part {part!r}",
                join_words(same),
                "leave out all but one",
            )
    unnamed = [name for name in names if _UNNAMED.fullmatch(name)]
    if len(unnamed) > 2 and "arr_0" in found.get(("images", TRAIN), ()):
        raise problem(path, "names for more than two arrays", join_words(unnamed), REMEDY)

    def pair(part: str) -> Pair:
        return Pair(*(_one(path, names, found, kind, part) for kind in _KINDS))

    return {part: pair(part) for part in dict.fromkeys((*needed, *(part for _, part in found)))}


def image_arrays(path: Path, names: Sequence[str]) -> list[str]:
    """The arrays that are images by their names, or the only one that there is.

    Raises DataError where there is none.
    """
    found = [name for name in names if (role := _role(name)) and role[0] == "images"]
    found = found or list(names) * (len(names) == 1)
    if not found:
        listed = join_words(names) if names else "no arrays"
        remedy = "write it with numpy.savez_compressed(file, images=...)"
        raise problem(path, "images, an array of images", listed, remedy)
    return found


def _role(name: str) -> tuple[str, str] | None:
    """What an array holds by its name: of which kind, and of which part; None: neither."""
    word = name.lower()
    first, _, rest = word.partition("_")
    start, _, last = word.rpartition("_")
    for kind, words in _KINDS.items():
        if word in words:
            return kind, TRAIN
        for stem, part in ((first, rest), (last, start)):
            if stem in words and part in _PARTS:
                return kind, _PARTS[part]
    return None


def _one(
    path: Path, names: Sequence[str], found: dict[tuple[str, str], list[str]], kind: str, part: str
) -> str:
    if same := found.get((kind, part)):
        return same[0]
    expected = f"{_KINDS[kind][0]}_{part}, an array of {kind}"
    raise problem(path, expected, join_words(names) if names else "no arrays", REMEDY)
