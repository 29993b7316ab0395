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
    total: Callable[[Sums], Cell] | None = None


def _text(heading: str, cell: Callable[[Row], Cell]) -> LayerColumn:
    return LayerColumn(Column(heading), cell)


def _plain_column(heading: str, show: Callable[[Measured], str]) -> LayerColumn:
    """A value that cannot be added up."""
    return LayerColumn(
        Column(heading, numeric=True), lambda row: show(row.measured) if row.measured else None
    )


def _sum(
    heading: str, value: Value, show: Callable[[int], Cell] = lambda size: size
) -> LayerColumn:
    return LayerColumn(
        Column(heading, numeric=True),
        lambda row: show(value(row.measured)) if row.measured else None,
        lambda sums: None if (found := sums(value)) is None else show(found),
    )


def _share(heading: str, value: Value) -> LayerColumn:
    """In percent of the total; of nothing, 0."""

    def share(part: int | None, sums: Sums) -> Cell:
        whole = sums(value)
        return None if part is None or whole is None else f"{100 * part / (whole or 1):.1f}%"

    return LayerColumn(
        Column(f"share of\n{heading}", numeric=True),
        lambda row: share(value(row.measured) if row.measured else None, row.sums),
        lambda sums: share(sums(value), sums),
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


def _field(measured: Measured) -> str:
    field = measured.node.receptive_field.pixels
    return f"{field.W}x{field.H}"


def _pixels(step: Step, between: str) -> str:
    return between.join(map(number_text, step))


_parameters: Value = attrgetter("node.parameters")
_macs: Value = attrgetter("node.cost.macs")
_activations: Value = attrgetter("activations")

COLUMNS = {
    "layer": _text("layer", lambda row: row.written.name),
    "kind": _text("kind", lambda row: row.written.kind),
    "from": _text("from", _name_of_inputs),
    "hyperparameters": _text("hyperparameters", _hyperparameters),
    "input": _plain_column("input\nW x H x D", lambda m: ", ".join(map(str, m.node.in_shapes))),
    "output": _plain_column("output\nW x H x D", lambda m: str(m.node.out_shape)),
    "neurons": _sum("neurons", lambda m: m.neurons),
    "connections": _plain_column(
        "connections\nof a neuron", lambda m: f"{m.node.cost.connections:,}"
    ),
    "weights": _sum("weights", lambda m: m.node.weights),
    "parameters": _sum("parameters", _parameters),
    "parameters_share": _share("parameters", _parameters),
    "unshared": _sum("without\nsharing", lambda m: m.node.cost.unshared),
    "macs": _sum("multiply-\nadds", _macs),
    "macs_share": _share("mult.-adds", _macs),
    "training_macs": _sum("multiply-adds\nin training", lambda m: m.training_macs),
    "activations": _sum("activations", _activations, bytes_text),
    "activations_share": _share("activations", _activations),
    "memory": _sum("memory\n(numbers)", lambda m: m.memory),
    "im2row": _plain_column("im2row", lambda m: "x".join(map(str, m.im2row or ()))),
    "receptive_field": _plain_column("receptive\nfield", _field),
    "jump": _plain_column("jump", lambda m: _pixels(m.node.receptive_field.jump, "x")),
    "centre": _plain_column("centre", lambda m: _pixels(m.node.receptive_field.centre, ", ")),
}
"""Every column by its name, in the order in which `all` shows them."""

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
