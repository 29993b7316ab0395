"""The table of a network's layers, with totals and the memory of a training step."""

from collections.abc import Sequence

from cnncli.check.result import Checked, Step
from cnncli.config.specification import Specification
from cnncli.graph.costs.image_sizes import Sizes, runs
from cnncli.graph.network import Graph
from cnncli.report.layout.fold import fold
from cnncli.report.layout.parts import page
from cnncli.report.table import Cell, Table, table
from cnncli.text import bytes_text, count, printable

from .columns import COLUMNS, LayerColumn, Row, usual_columns, what
from .layer_numbers import measure, sums_over


def report(checked: Checked, columns: Sequence[str] | None = None) -> str:
    """The whole result of a file but its problems, for a terminal.

    columns: names of `columns.COLUMNS`; None for those that are usual.
    """
    if not checked.spec or not checked.graph:
        return f"{printable(checked.file)}: could not be read"
    lines = [_title(checked, checked.spec, checked.graph)]
    if checked.graph.nodes:
        lines += ["", layer_table(checked.spec, checked.graph, columns)]
    if checked.step:
        lines += ["", _memory(checked.step)]
    if checked.sizes:
        lines += ["", sizes_text(checked.sizes)]
    return page(*lines)


def layer_table(spec: Specification, graph: Graph, columns: Sequence[str] | None = None) -> Table:
    """One line for each layer of the file; `?` where a problem further up hides the shape."""
    measured = measure(graph)
    sums = sums_over(None if graph.unknown else measured.values())
    above = [None, *(written.name for written in spec.layers)]
    rows = [
        Row(written, before, measured.get(written.name), sums)
        for written, before in zip(spec.layers, above, strict=False)
    ]
    chosen = [COLUMNS[name] for name in columns or usual_columns(rows)]
    total: list[Cell] = [column.total(sums, sums) if column.total else "" for column in chosen]
    if not chosen[0].total:
        total[0] = "total"
    cells = [[column.cell(row) for column in chosen] for row in rows]

    def folded() -> list[list[Cell]]:
        runs = fold([row.written.name for row in rows], list(map(what, rows)))
        return [
            _of_block(run.label, rows[run.start : run.stop], chosen)
            if run.is_block
            else cells[run.start]
            for run in runs
        ]

    has_total = any(column.total for column in chosen)
    headings = [column.heading for column in chosen]
    return table(headings, cells, total if has_total else None, folded)


def _of_block(label: str, rows: Sequence[Row], chosen: Sequence[LayerColumn]) -> list[Cell]:
    """The cells of layers that stand on one line: their sums, and what is so at their end."""
    measured = [row.measured for row in rows if row.measured]
    sums = sums_over(measured if len(measured) == len(rows) else None)
    return [
        label
        if column is COLUMNS["layer"]
        else column.total(sums, rows[0].sums)
        if column.total
        else column.cell(rows[-1])
        if column.is_of_end
        else ""
        for column in chosen
    ]


def _title(checked: Checked, spec: Specification, graph: Graph) -> str:
    if not checked.valid or not graph.nodes:
        return (
            f"{printable(checked.file)}: {spec.name}, {'valid' if checked.valid else 'not valid'}"
        )
    scores = count(graph.classes, "score")
    return f"{printable(checked.file)}: {spec.name}, {graph.image} -> {scores}, valid"


def _memory(step: Step) -> str:
    parts = ", ".join(
        f"{name.replace('_', ' ')} {bytes_text(size)}"
        for name, size in step.memory._asdict().items()
    )
    return (
        f"memory of one training step with {count(step.images, 'image')} on "
        f"{count(step.threads, 'thread')}: {bytes_text(step.memory.total)}\n  {parts}"
    )


def sizes_text(sizes: Sizes) -> str:
    """The sizes that a network takes strictly, one line, or one for each axis."""
    if not sizes.widths or not sizes.heights:
        return f"no size up to {sizes.limit}x{sizes.limit} fits strictly"
    head = f"sizes up to {sizes.limit} that fit strictly"
    if sizes.widths == sizes.heights:
        return f"{head}, for width and height: {_list_sizes(sizes.widths)}"
    return f"{head}:\n  width: {_list_sizes(sizes.widths)}\n  height: {_list_sizes(sizes.heights)}"


def _list_sizes(sizes: tuple[int, ...]) -> str:
    parts = []
    for first, last, step in runs(sizes):
        if first == last:
            parts.append(str(first))
        elif last == first + step:
            parts += [str(first), str(last)]
        else:
            steps = f" in steps of {step}" if step > 1 else ""
            parts.append(f"{first} to {last}{steps}")
    return f"{', '.join(parts)} ({count(len(sizes), 'size')})"
