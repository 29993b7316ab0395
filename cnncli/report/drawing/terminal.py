"""A network in a terminal: one line a layer, beside rails along which its output travels on."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from cnncli.report.table import Cell, Column, table

from .boxes import Box

_ASCII = str.maketrans("●│─├┤┼╰╯┴", "o|-+++'''")


def text(boxes: Sequence[Box], *, ascii_only: bool = False) -> str:
    """A table whose first column shows what each layer reads.

    A layer stands on the rail that it takes over from its input, or on one of its own where that
    input is read again further down.
    """
    columns = [Column(heading) for heading in ("", "layer", "kind", "hyperparameters")]
    rows: list[list[Cell]] = [
        [rails, box.name, box.kind, box.hyperparameters, box.output]
        for rails, box in zip(_rails(boxes), boxes, strict=True)
    ]
    drawn = table([*columns, Column("output\nW x H x D", numeric=True)], rows)
    return drawn.translate(_ASCII) if ascii_only else drawn


def _rails(boxes: Sequence[Box]) -> list[str]:
    last_use = {source: box.name for box in boxes for source in box.inputs}
    rails: list[str | None] = []  # whose output each of them carries
    lines = []
    for box in boxes:
        inputs = {rails.index(source) for source in box.inputs if source in rails}
        ending = {rail for rail in inputs if last_use[rails[rail] or ""] == box.name}
        at = min(ending) if ending else _free(rails, max(inputs, default=-1) + 1)
        rails += [None] * (at + 1 - len(rails))
        lines.append(_Line(at, inputs, ending).drawn(rails))
        for rail in ending:
            rails[rail] = None
        rails[at] = box.name if box.name in last_use else None
        while rails and rails[-1] is None:
            rails.pop()
    return lines


def _free(rails: Sequence[str | None], first: int) -> int:
    """The first rail that carries nothing, from `first` on."""
    return next((i for i in range(first, len(rails)) if rails[i] is None), max(first, len(rails)))


class _Line(NamedTuple):
    """One layer on its rail, the rails that it reads, and those of them that end here."""

    at: int
    inputs: Collection[int]
    ending: Collection[int]

    def drawn(self, rails: Sequence[str | None]) -> str:
        """The signs of all rails; a line that only crosses a rail leaves it whole."""
        first, last = min(self.at, *self.inputs, self.at), max(self.at, *self.inputs, self.at)
        signs = []
        for rail, carried in enumerate(rails):
            between = first <= rail < last
            signs.append(self._sign(rail, carried, first, last) + ("─" if between else " "))
        return "".join(signs).rstrip()

    def _sign(self, rail: int, carried: str | None, first: int, last: int) -> str:
        if rail == self.at:
            return "●"
        if rail in self.inputs:
            sides = "╰┴╯" if rail in self.ending else "├┼┤"
            return sides[(rail > first) + (rail == last)]
        if carried is not None:
            return "│"
        return "─" if first < rail < last else " "
