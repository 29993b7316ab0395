"""One part of a set, read without the others: what a trained network is judged on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cnncli.text import join_words

from .dataset import Split
from .problems import problem

T = TypeVar("T")


@dataclass(frozen=True)
class Labelled:
    """Images with the numbers of their classes.

    names: of the classes; None: they have only numbers. part: its name; None: the set is in no
    parts, or has none but the one to train on, and these are all its images. remarks: as of Parts.
    """

    split: Split
    names: tuple[str, ...] | None
    part: str | None
    remarks: dict[str, str] = field(default_factory=dict)


def choose(place: str | Path, parts: Mapping[str, T], wanted: str) -> tuple[str | None, T]:
    """The part that is wanted, and its name; for `test` that to train on, if there is no other.

    Then the name is None. place: of the set. Raises DataError where there is no such part.
    """
    if wanted in parts:
        return wanted, parts[wanted]
    if wanted == "test" and list(parts) == ["train"]:
        return None, parts["train"]
    found = join_words(parts) if parts else "none"
    raise problem(place, f"a part for {wanted}", found, "judge it on another --split")
