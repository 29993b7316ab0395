"""A network in a terminal: one line a layer, beside rails along which its output travels on."""

from collections.abc import Collection, Sequence

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
        lines.append(_signs(rails, at, inputs, ending))
        for rail in ending:
            rails[rail] = None
        rails[at] = box.name if box.name in last_use else None
        while rails and rails[-1] is None:
            rails.pop()
    return lines


def _free(rails: Sequence[str | None], first: int) -> int:
    """The first rail that carries nothing, from `first` on."""
    return next((i for i in range(first, len(rails)) if rails[i] is None), max(first, len(rails)))


def _signs(
    rails: Sequence[str | None], at: int, inputs: Collection[int], ending: Collection[int]
) -> str:
    """The rails at a layer on the one `at`, which reads those of `inputs`; some of them end here.

    A line that only crosses a rail leaves it whole.
    """
    first, last = min({at, *inputs}), max({at, *inputs})
    signs = []
    for rail, carried in enumerate(rails):
        between = first < rail < last
        sign = "│" if carried is not None else "─" if between else " "
        if rail == at:
            sign = "●"
        elif rail in inputs:
            sign = ("╰┴╯" if rail in ending else "├┼┤")[(rail > first) + (rail == last)]
        signs.append(sign + ("─" if first <= rail < last else " "))
    return "".join(signs).rstrip()
