"""A network in a terminal: one line a layer, beside rails along which its output travels on."""

from collections.abc import Collection, Iterator, Sequence

from cnncli.report.layout.fold import Run, fold
from cnncli.report.table import Cell, Column, Table, table

from .boxes import Box

_COLUMNS = (
    Column("", least=10),
    Column("layer", least=18),
    Column("kind", rank=2, least=9),
    Column("hyperparameters", rank=1, least=16, way="list"),
    Column("output\nW x H x D", numeric=True),
)
_ASCII = str.maketrans("●│─├┤┼╰╯┴", "o|-+++'''")


def text(boxes: Sequence[Box], *, ascii_only: bool = False) -> Table:
    """A table whose first column shows what each layer reads.

    A layer stands on the rail that it takes over from its input, or on one of its own where that
    input is read again further down.
    """

    def folded() -> list[list[Cell]]:
        runs = fold([box.name for box in boxes], [(box.kind, box.hyperparameters) for box in boxes])
        return _rows(list(_folded(boxes, runs)), [run.label for run in runs], ascii_only)

    return table(_COLUMNS, _rows(boxes, [box.name for box in boxes], ascii_only), folded=folded)


def _rows(boxes: Sequence[Box], labels: Sequence[str], ascii_only: bool) -> list[list[Cell]]:
    signs = _ASCII if ascii_only else {}
    return [
        [
            cell.translate(signs)
            for cell in (rails, label, box.kind, box.hyperparameters, box.output)
        ]
        for rails, label, box in zip(_rails(boxes), labels, boxes, strict=True)
    ]


def _folded(boxes: Sequence[Box], runs: Sequence[Run]) -> Iterator[Box]:
    """A box for each run: one of several reads what they read from above them."""
    carried: dict[str, str] = {}
    for run in runs:
        *others, last = boxes[run.start : run.stop]
        inputs = [
            carried[source] for box in (*others, last) for source in box.inputs if source in carried
        ]
        for box in (*others, last):
            carried[box.name] = last.name
        yield last._replace(
            inputs=tuple(dict.fromkeys(inputs)),
            **({"kind": "", "hyperparameters": ""} if others else {}),
        )


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
