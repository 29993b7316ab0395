"""What is drawn of a large network: of many blocks that are alike the first and the last."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from cnncli.text import count

from .boxes import Block, Box, in_blocks

_ALIKE = 4
"""Blocks in a row that are drawn as the first, the last, and what is between."""


class Fold(NamedTuple):
    """Layers that are not drawn, and why in words."""

    boxes: tuple[Box, ...]
    reason: str

    @property
    def says(self) -> str:
        """How many there are, and from where to where."""
        layers = count(len(self.boxes), "layer")
        return f"{self.reason}: {layers}, {self.boxes[0].name} to {self.boxes[-1].name}"


Part = Box | Fold


def excerpt(boxes: Sequence[Box], most: int) -> list[Part]:
    """The boxes as they are where there are at most so many, else with folds in their order.

    If too many are left when alike blocks are folded, the middle of the network is a fold too.
    """
    if len(boxes) <= most:
        return list(boxes)
    parts = list(_folded(in_blocks(boxes)))
    if [box for part in parts for box in _boxes_of(part)] != list(boxes):
        parts = list(boxes)  # layers of one block stand between those of another one
    if len(parts) <= most:
        return parts
    head, tail = most - 1 - most // 3, most // 3
    middle = [box for part in parts[head:-tail] for box in _boxes_of(part)]
    return [*parts[:head], Fold(tuple(middle), "not drawn"), *parts[-tail:]]


def _boxes_of(part: Part | Block) -> Iterator[Box]:
    if isinstance(part, Box):
        yield part
    else:
        for inner in part.boxes if isinstance(part, Fold) else part.parts:
            yield from _boxes_of(inner)


def _folded(block: Block) -> Iterator[Part]:
    for _, run in groupby(block.parts, key=_likeness):
        parts = list(run)
        if isinstance(parts[0], Block) and len(parts) >= _ALIKE:
            first, *between, last = parts
            yield from _inside(first)
            boxes = tuple(box for part in between for box in _boxes_of(part))
            yield Fold(boxes, f"{len(between):,} more blocks like these")
            yield from _inside(last)
        else:
            for part in parts:
                yield from _inside(part)


def _inside(part: Box | Block) -> Iterator[Part]:
    if isinstance(part, Box):
        yield part
    else:
        yield from _folded(part)


def _likeness(part: Box | Block) -> object:
    """What blocks that are alike have in common: kinds and hyperparameters, in their order."""
    return part.what if isinstance(part, Box) else tuple(map(_likeness, part.parts))
