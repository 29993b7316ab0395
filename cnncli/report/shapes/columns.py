"""The columns that the table of a network's layers can have, by name."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from cnncli.config.specification import LayerSpec
from cnncli.errors import UsageError
from cnncli.graph.costs.receptive_field import Step
from cnncli.report.hyperparameters import as_text
from cnncli.report.table import UNKNOWN, Cell, Column
from cnncli.text import bytes_text, closest, join_words

from .layer_numbers import Measured, Sums, Value, number_text


class Row(NamedTuple):
    """A layer of the file; `measured` is None where a problem further up hides its shape."""

    written: LayerSpec
    above: str | None
    """The layer that stands above it in the file."""
    measured: Measured | None
    sums: Sums


class LayerColumn(NamedTuple):
    """A column of the table: its heading, its cell for a layer, and its total, if it has one."""

    heading: Column
    cell: Callable[[Row], Cell]
    total: Callable[[Sums, Sums], Cell] | None = None
    """Of some layers' sums and those of all."""
    is_of_end: bool = False
    """Whether a block has what its last layer has."""


def _name(heading: str, rank: int, least: int, cell: Callable[[Row], Cell]) -> LayerColumn:
    return LayerColumn(Column(heading, rank=rank, least=least), cell)


def _list(heading: str, rank: int, least: int, cell: Callable[[Row], Cell]) -> LayerColumn:
    return LayerColumn(Column(heading, rank=rank, least=least, way="list"), cell)


def _plain_column(
    heading: str,
    rank: int,
    show: Callable[[Measured], str],
    *,
    is_of_end: bool = False,
    least: int = 0,
) -> LayerColumn:
    """A value that cannot be added up."""
    return LayerColumn(
        Column(heading, numeric=True, rank=rank, least=least, way="list"),
        lambda row: show(row.measured) if row.measured else None,
        is_of_end=is_of_end,
    )


def _sum(
    heading: str, rank: int, value: Value, show: Callable[[int], Cell] = lambda size: size
) -> LayerColumn:
    return LayerColumn(
        Column(heading, numeric=True, rank=rank),
        lambda row: show(value(row.measured)) if row.measured else None,
        lambda sums, _: None if (found := sums(value)) is None else show(found),
    )


def _share(heading: str, rank: int, value: Value) -> LayerColumn:
    """In percent of the total; of nothing, 0."""

    def share(part: int | None, sums: Sums) -> Cell:
        whole = sums(value)
        return None if part is None or whole is None else f"{100 * part / (whole or 1):.1f}%"

    return LayerColumn(
        Column(f"share of\n{heading}", numeric=True, rank=rank),
        lambda row: share(value(row.measured) if row.measured else None, row.sums),
        lambda sums, whole: share(sums(value), whole),
    )


def _name_of_inputs(row: Row) -> Cell:
    """What the layer reads; nothing where that is the layer above."""
    inputs = row.written.inputs
    if inputs is None:
        return None
    return "" if inputs == (row.above,) else ", ".join(inputs)


def _hyperparameters(row: Row) -> str:
    if row.measured:
        return as_text(row.measured.node.layer)
    return as_text(row.written.layer) if row.written.layer else UNKNOWN


def what(row: Row) -> tuple[str, str]:
    """What a layer does, wherever it stands."""
    return row.written.kind, _hyperparameters(row)


def _field(measured: Measured) -> str:
    field = measured.node.receptive_field.pixels
    return f"{field.W}x{field.H}"


def _pixels(step: Step, between: str) -> str:
    return between.join(map(number_text, step))


_parameters: Value = attrgetter("node.parameters")
_macs: Value = attrgetter("node.cost.macs")
_activations: Value = attrgetter("activations")

COLUMNS = {
    "layer": _name("layer", 0, 18, lambda row: row.written.name),
    "kind": _name("kind", 4, 9, lambda row: row.written.kind),
    "from": _list("from", 7, 20, _name_of_inputs),
    "hyperparameters": _list("hyperparameters", 3, 16, _hyperparameters),
    "input": _plain_column(
        "input\nW x H x D", 9, lambda m: ", ".join(map(str, m.node.in_shapes)), least=12
    ),
    "output": _plain_column(
        "output\nW x H x D", 1, lambda m: str(m.node.out_shape), is_of_end=True
    ),
    "neurons": _sum("neurons", 9, lambda m: m.neurons),
    "connections": _plain_column(
        "connections\nof a neuron", 9, lambda m: f"{m.node.cost.connections:,}"
    ),
    "weights": _sum("weights", 8, lambda m: m.node.weights),
    "parameters": _sum("parameters", 1, _parameters),
    "parameters_share": _share("parameters", 9, _parameters),
    "unshared": _sum("without\nsharing", 8, lambda m: m.node.cost.unshared),
    "macs": _sum("multiply-\nadds", 2, _macs),
    "macs_share": _share("mult.-adds", 9, _macs),
    "training_macs": _sum("multiply-adds\nin training", 9, lambda m: m.training_macs),
    "activations": _sum("activations", 6, _activations, bytes_text),
    "activations_share": _share("activations", 9, _activations),
    "memory": _sum("memory\n(numbers)", 9, lambda m: m.memory),
    "im2row": _plain_column("im2row", 9, lambda m: "x".join(map(str, m.im2row or ()))),
    "receptive_field": _plain_column("receptive\nfield", 5, _field, is_of_end=True),
    "jump": _plain_column(
        "jump", 9, lambda m: _pixels(m.node.receptive_field.jump, "x"), is_of_end=True
    ),
    "centre": _plain_column("centre", 9, lambda m: _pixels(m.node.receptive_field.centre, ", ")),
}
"""Every column by its name, in the order in which `all` shows them.

In a terminal that is too narrow, those with the largest numbers are left out first.
"""

DEFAULT = (
    "layer",
    "kind",
    "hyperparameters",
    "output",
    "parameters",
    "unshared",
    "macs",
    "activations",
    "receptive_field",
)
"""What the table shows if nothing else is asked for; in a network with branches, `from` too."""


def select_columns(names: str) -> tuple[str, ...]:
    """The columns of a text like `layer,output,im2row`; `all` and `default` stand for many.

    Raises UsageError for a name that is none.
    """
    chosen: list[str] = []
    for written in names.split(","):
        name = written.strip().lower().replace("-", "_")
        if name in ("all", "default"):
            chosen += COLUMNS if name == "all" else DEFAULT
        elif name in COLUMNS:
            chosen.append(name)
        else:
            known = (*COLUMNS, "all", "default")
            found = closest(name, known)
            hint = f"did you mean {found}?" if found else f"the columns are {join_words(known)}"
            raise UsageError(f"--columns: unknown column {written.strip()!r}; {hint}")
    return tuple(dict.fromkeys(chosen))


def usual_columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """The default columns, with `from` after the kind where the network has branches."""
    if not any(COLUMNS["from"].cell(row) for row in rows):
        return DEFAULT
    return (*DEFAULT[:2], "from", *DEFAULT[2:])
