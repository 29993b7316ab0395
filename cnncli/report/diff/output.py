"""The difference of two networks, as text and as JSON."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from cnncli.check.result import Checked
from cnncli.graph.network import Node
from cnncli.report.hyperparameters import as_text
from cnncli.report.layout.parts import page
from cnncli.report.table import Cell, Column, Forms, Table, si, table
from cnncli.text import bytes_text, count, json_text, printable

from .compare import NUMBERS, Change, Comparison, Difference

_LABELS = {
    "macs": "multiply-adds",
    "training_macs": "multiply-adds in training",
    "activation_bytes": "activations of one image",
    "step_images": "images in a training step",
    "step_threads": "threads",
    "step_bytes": "memory of a training step",
    "receptive_field": "receptive field",
}


def diff_text(comparison: Comparison) -> str:
    """The layers that are not the same in both (- removed, + added, ~ changed), and the totals.

    A line holds one change: of a changed layer the first stands behind its name, others below.
    """
    title = f"--- {_title(comparison.before)}\n+++ {_title(comparison.after)}"
    return page(title, *layer_parts(comparison), totals_table(comparison), apart=True)


def layer_parts(comparison: Comparison) -> list[str]:
    """The layers that are not the same, or that all are; then those of another name."""
    parts = ["\n".join(_lines(comparison))]
    if comparison.same:
        layers = count(len(comparison.layers), "layer")
        parts = [f"the networks are the same: {layers} with the same shapes and parameters"]
    if renamed := [change for change in comparison.layers if change.renamed]:
        parts.append("\n  ".join(("other names:", *map(_name, renamed))))
    return parts


def _title(checked: Checked) -> str:
    assert checked.spec is not None
    assert checked.graph is not None
    scores = count(checked.graph.classes, "score")
    return f"{printable(checked.file)}: {checked.spec.name}, {checked.graph.image} -> {scores}"


def _lines(comparison: Comparison) -> Iterator[str]:
    for same, group in groupby(comparison.layers, lambda change: change.what == "same"):
        changes = list(group)
        if same:
            names = f"{_name(changes[0])} ... {_name(changes[-1])}"
            alone = len(changes) == 1
            yield f"  {_name(changes[0]) if alone else f'{names}, {len(changes)} layers'}: the same"
        else:
            for change in changes:
                yield from _change(change)


def _change(change: Change) -> Iterator[str]:
    if change.before is None or change.after is None:
        node = change.after or change.before
        assert node is not None
        yield f"{'-' if change.before else '+'} {_whole(node)}"
        return
    names = sorted(change.differences, key=NUMBERS.__contains__)
    first, *more = (_difference(name, change.differences[name]) for name in names)
    yield f"~ {_name(change)}  {change.after.layer.kind}  {first}"
    yield from (f"    {line}" for line in more)


def _name(change: Change) -> str:
    names = dict.fromkeys(node.name for node in (change.before, change.after) if node)
    return " -> ".join(names)


def _whole(node: Node) -> str:
    costs = [str(node.out_shape)]
    if node.parameters:
        costs.append(count(node.parameters, "parameter"))
    if node.cost.macs:
        costs.append(count(node.cost.macs, "multiply-add"))
    what = f"{node.layer.kind} {as_text(node.layer)}".rstrip()
    return f"{node.name}  {what}  {', '.join(costs)}"


def _difference(name: str, difference: Difference) -> str:
    before, after = difference
    text = f"{_LABELS.get(name, name)} {_value(name, before)} -> {_value(name, after)}"
    return f"{text} ({after - before:+,})" if name in ("parameters", "macs") else text


def _value(name: str, value: Any) -> str:
    if name == "from":
        return ", ".join(value) if value else "the layer above"
    if isinstance(value, list):
        return "x".join(map(str, value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{side}: {pixels}" for side, pixels in value.items()) + "}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "-" if value is None else str(value).lower()


def totals_table(comparison: Comparison) -> Table:
    """What both networks cost, side by side."""
    columns = (
        Column("total"),
        Column("before", numeric=True),
        Column("after", numeric=True),
        Column("difference", numeric=True),
    )
    rows: list[list[Cell]] = []
    for name, (before, after) in comparison.totals.items():
        if name == "step_threads" and before == after:
            continue
        show = _of_bytes if name.endswith("_bytes") else _of_number
        change = after - before
        sign = "+" if change > 0 else "-"
        part = f" ({100 * change / before:+.1f}%)" if before else ""
        size = show(abs(change))
        difference = Forms(*(f"{sign}{form}{part}" for form in size)) if change else "0"
        rows.append([_LABELS.get(name, name), show(before), show(after), difference])
    return table(columns, rows)


def _of_number(number: int) -> Forms:
    return Forms(f"{number:,}", si(number))


def _of_bytes(size: int) -> Forms:
    return Forms(bytes_text(size), bytes_text(size))


def diff_json(comparison: Comparison) -> str:
    """An object with both files, every layer, and the totals."""
    files = {"before": _file(comparison.before), "after": _file(comparison.after)}
    return json_text(files | network_values(comparison))


def network_values(comparison: Comparison) -> dict[str, Any]:
    """The same without the files, ready for JSON."""
    return {
        "same": comparison.same,
        "layers": [_layer(change) for change in comparison.layers],
        "total": {
            name: {**total._asdict(), "difference": total.after - total.before}
            for name, total in comparison.totals.items()
        },
    }


def _file(checked: Checked) -> dict[str, Any]:
    return {"file": checked.file, "name": checked.spec.name if checked.spec else None}


def _layer(change: Change) -> dict[str, Any]:
    node = change.after or change.before
    assert node is not None
    return {
        "change": change.what,
        "before": change.before.name if change.before else None,
        "after": change.after.name if change.after else None,
        "kind": node.layer.kind,
        "differences": {name: each._asdict() for name, each in change.differences.items()},
    }
