"""The loss of a run as a curve of characters."""

from collections.abc import Iterable, Mapping
from typing import Any

from cnncli.bounds import MAX_COUNT

from .terminal_chart import Point, Signs, curves


def loss_curve(lines: Iterable[Mapping[str, Any]], signs: Signs, columns: int = 80) -> str:
    """Of training and validation by epoch; of training by step where fewer than two have ended.

    lines: those of metrics.jsonl. Empty where there is nothing to draw, or no room.
    """
    found = [*lines]
    for kind, place, names in (
        ("epoch", "epoch", ("train_loss", "validation_loss")),
        ("step", "step", ("loss", "")),
    ):
        of_kind = [line for line in found if line.get("kind") == kind]
        first, second = (_points(of_kind, place, name) for name in names)
        if drawn := curves(first, second, signs, columns):
            legend = f"training {signs.first}"
            if second:
                legend += f", validation {signs.second}, both {signs.both}"
            return "\n".join((f"loss by {place}: {legend}", *drawn))
    return ""


def _points(lines: Iterable[Mapping[str, Any]], place: str, name: str) -> list[Point]:
    """What the lines say of it; what is no number is left out."""
    pairs = ((line.get(place), line.get(name)) for line in lines)
    return [
        (x, y)
        for x, y in pairs
        if isinstance(x, int) and abs(x) < MAX_COUNT and isinstance(y, float)
    ]
