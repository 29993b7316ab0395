"""The difference of two runs, as text and as JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.config.source_text.dump import flow
from cnncli.report.diff.compare import Difference
from cnncli.report.diff.output import layer_parts, network_values, totals_table
from cnncli.report.layout.parts import page
from cnncli.report.progress import duration
from cnncli.report.table import Cell, Column, Table, table
from cnncli.runs.run_files import number
from cnncli.runs.run_record import RunRecord
from cnncli.text import count, json_text, printable, short

from .run_comparison import RunComparison

_SHOWN = 200
"""Characters of a value."""
_LINES = 50
"""Of a part; run.json may have thousands."""
_NOT_THERE = "-"


def runs_text(comparison: RunComparison) -> str:
    """What differs: settings, layers, environment; then the figures side by side."""
    network = comparison.network
    parts: list[str] = [f"--- {_title(comparison.before)}\n+++ {_title(comparison.after)}"]
    parts.append(_part("configuration", comparison.configuration))
    if network is None:
        parts.append("the networks are not compared: this version does not understand one of them")
    else:
        parts += layer_parts(network)
        parts += [] if network.same else [totals_table(network)]
    parts += [_part("environment", comparison.environment), _metrics(comparison)]
    if comparison.figures:
        parts.append(_table(comparison.figures))
    return page(*parts, apart=True)


def _title(run: RunRecord) -> str:
    row = run.row()
    done, seconds = row["epochs"] or 0, row["seconds"]
    spent = f" in {duration(seconds)}" if isinstance(seconds, float | int) else ""
    of = flow(row.get("train.epochs", "?"))
    return f"{printable(run.name)}: {run.state}, {done} of {of} epochs{spent}"


def _part(what: str, differences: Mapping[str, Difference]) -> str:
    if not differences:
        return f"{what}: the same"
    lines = [f"{what}:", *_lines(differences)]
    if (more := len(differences) - _LINES) > 0:
        lines[_LINES + 1 :] = [f"  and {more:,} more, which --json shows"]
    return "\n".join(lines)


def _lines(differences: Mapping[str, Difference]) -> Iterator[str]:
    for key, (before, after) in differences.items():
        name = printable(short(key, _SHOWN))
        if before is None:
            yield f"+ {name}  {_value(after)}"
        elif after is None:
            yield f"- {name}  {_value(before)}"
        else:
            yield f"~ {name}  {_value(before)} -> {_value(after)}"


def _value(value: Any) -> str:
    return short(printable(value if isinstance(value, str) else flow(value)), _SHOWN)


def _metrics(comparison: RunComparison) -> str:
    equal, parting = comparison.equal_epochs, comparison.parting
    if parting is None:
        if not equal:
            return "metrics: there is no epoch that both have"
        return f"metrics: equal to the bit in {count(equal, 'epoch')}, all that both have"
    first = "different from the first epoch on"
    until = f"equal to the bit for {count(equal, 'epoch')}" if equal else first
    before, after = (_value(each) if each is not None else _NOT_THERE for each in parting[2:])
    key = printable(short(parting.key, _SHOWN))
    return f"metrics: {until}; in epoch {parting.epoch} {key} is {before} and {after}"


def _table(figures: Mapping[str, Difference]) -> Table:
    columns = (
        Column("figure"),
        Column("before", numeric=True),
        Column("after", numeric=True),
        Column("difference", numeric=True),
    )
    rows: list[list[Cell]] = []
    for name, (before, after) in figures.items():
        if name == "seconds":  # which stand in the title
            continue
        one, other = number(before), number(after)
        change = "" if one is None or other is None else _figure(other - one, sign="+")
        rows.append([name.replace("_", " "), _figure(before), _figure(after), change])
    return table(columns, rows)


def _figure(value: Any, sign: str = "") -> str:
    if value is None:
        return _NOT_THERE
    sign = sign if value else ""
    if isinstance(value, float):
        return f"{value:{sign}.4f}"
    return f"{value:{sign},}" if isinstance(value, int) else str(value)


def runs_json(comparison: RunComparison) -> str:
    """An object with both runs and all differences."""
    network, parting = comparison.network, comparison.parting
    return json_text(
        {
            "before": _run(comparison.before),
            "after": _run(comparison.after),
            "same": comparison.same,
            "configuration": _pairs(comparison.configuration),
            "network": network_values(network) if network else None,
            "environment": _pairs(comparison.environment),
            "metrics": _pairs(comparison.figures),
            "equal_epochs": comparison.equal_epochs,
            "parting": _plain(parting._asdict()) if parting else None,
        }
    )


def _run(run: RunRecord) -> dict[str, Any]:
    return {"run": run.name, "state": run.state, "remark": run.remark}


def _pairs(differences: Mapping[str, Difference]) -> dict[str, Any]:
    return {key: _plain(each._asdict()) for key, each in differences.items()}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and texts; what is none of these, or no number that JSON has, as a text."""
    return {
        key: value if isinstance(value, str | bool | None) or number(value) is not None
        else short(flow(value), _SHOWN)
        for key, value in values.items()
    }  # fmt: skip
