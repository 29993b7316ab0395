"""The table of a network's layers, with totals and the memory of a training step."""

from cnncli.graph.memory import FLOAT
from cnncli.graph.network import Graph, Node
from cnncli.spec.specification import LayerSpec, Specification

from .checked import Checked, Step
from .hyperparameters import as_text
from .table import UNKNOWN, Cell, Column, table
from .units import bytes_text, count

COLUMNS = (
    Column("layer"),
    Column("kind"),
    Column("hyperparameters"),
    Column("output\nW x H x D", numeric=True),
    Column("parameters", numeric=True),
    Column("without\nsharing", numeric=True),
    Column("multiply-\nadds", numeric=True),
    Column("activations", numeric=True),
    Column("receptive\nfield", numeric=True),
)


def report(checked: Checked) -> str:
    """The whole result of a file but its problems, for a terminal."""
    if not checked.spec or not checked.graph:
        return f"{checked.file}: could not be read"
    lines = [_title(checked, checked.spec, checked.graph)]
    if checked.graph.nodes:
        lines += ["", layer_table(checked.spec, checked.graph)]
    if checked.step:
        lines += ["", _memory(checked.step)]
    return "\n".join(lines)


def layer_table(spec: Specification, graph: Graph) -> str:
    """One line for each layer of the file; `?` where a fault further up hides the shape."""
    rows = [_row(written, graph.by_name.get(written.name)) for written in spec.layers]
    total: list[Cell] = ["total", "", ""] + [None] * (len(COLUMNS) - 3)
    if not graph.unknown:
        total[3:] = [
            "",
            sum(node.parameters for node in graph.nodes),
            sum(node.cost.unshared for node in graph.nodes),
            sum(node.cost.macs for node in graph.nodes),
            bytes_text(FLOAT * sum(node.out_shape.size for node in graph.nodes)),
            "",
        ]
    return table(COLUMNS, rows, total)


def _row(written: LayerSpec, node: Node | None) -> list[Cell]:
    if node is None:
        known = as_text(written.layer) if written.layer else UNKNOWN
        return [written.name, written.kind, known] + [None] * (len(COLUMNS) - 3)
    field = node.receptive_field
    return [
        node.name,
        node.layer.kind,
        as_text(node.layer),
        str(node.out_shape),
        node.parameters,
        node.cost.unshared,
        node.cost.macs,
        bytes_text(FLOAT * node.out_shape.size),
        f"{field.W}x{field.H}",
    ]


def _title(checked: Checked, spec: Specification, graph: Graph) -> str:
    if not checked.valid or not graph.nodes:
        return f"{checked.file}: {spec.name}, {'valid' if checked.valid else 'not valid'}"
    scores = count(graph.classes, "score")
    return f"{checked.file}: {spec.name}, {graph.image} -> {scores}, valid"


def _memory(step: Step) -> str:
    parts = ", ".join(
        f"{name.replace('_', ' ')} {bytes_text(size)}"
        for name, size in step.memory._asdict().items()
    )
    return (
        f"memory of one training step with {count(step.images, 'image')} on "
        f"{count(step.threads, 'thread')}: {bytes_text(step.memory.total)}\n  {parts}"
    )
