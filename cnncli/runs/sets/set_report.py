"""What several runs have found, as a table and as figures of all of them together."""

from collections.abc import Mapping
from typing import Any

from cnncli.report.layout.parts import Page, page
from cnncli.report.table import Cell, Column, table
from cnncli.text import join_words, printable

from .interval import Statistics
from .outcome import Outcome
from .repetition import Repetition

Outcomes = Mapping[str, Outcome]
"""By the names of the runs."""


def report(runs: Repetition, outcomes: Outcomes) -> Page:
    """A line for each run, then mean and deviation; of seeds with an interval too."""
    lines = [_line(runs, what, found) for what, found in figures(runs, outcomes).items()]
    counted = len([each for each in outcomes.values() if each.accuracy is not None])
    number = str(runs) if counted == len(outcomes) else f"{counted} of {runs}"
    name = next((each.dataset for each in outcomes.values() if each.dataset), "")
    head = f"{printable(name)}, test split, {number}" if runs.folds is None else number
    told = [f"{head}: {line}" for line in lines]
    if text := diverged(outcomes):
        told.append(f"{text}; the means are of the others" if lines else text)
    return page(_table(runs, outcomes), *told)


def figures(runs: Repetition, outcomes: Outcomes) -> dict[str, Statistics]:
    """By what they are of: accuracy and loss, of folds also the accuracy after the last epoch."""
    kind = "" if runs.folds is None else "validation "
    values = {
        f"{kind}accuracy": [each.accuracy for each in outcomes.values()],
        f"{kind}loss": [each.loss for each in outcomes.values()],
        f"{kind}accuracy after the last epoch": [each.last for each in outcomes.values()],
    }
    known = {what: [x for x in found if x is not None] for what, found in values.items()}
    return {what: Statistics.of(found) for what, found in known.items() if found}


def diverged(outcomes: Outcomes) -> str:
    """Which runs have: `1 of 5 diverged: seed-3`; empty: none."""
    names = [name for name, each in outcomes.items() if each.has_diverged]
    return f"{len(names)} of {len(outcomes)} diverged: {join_words(names)}" if names else ""


def record(runs: Repetition, outcomes: Outcomes) -> dict[str, Any]:
    """The same, ready for JSON."""
    found = {what.replace(" ", "_"): each for what, each in figures(runs, outcomes).items()}
    return {
        "runs": {name: each.values for name, each in outcomes.items()},
        **{
            what: each._asdict()
            if runs.folds is None
            else {"mean": each.mean, "deviation": each.deviation}
            for what, each in found.items()
        },
    }


def _line(runs: Repetition, what: str, found: Statistics) -> str:
    line = f"mean {what} {found.mean:.4f}"
    if found.deviation is not None:
        line += f", deviation {found.deviation:.4f}"
    if found.interval and runs.folds is None:
        line += f", 95 % interval {found.interval[0]:.4f} to {found.interval[1]:.4f}"
    return line


def _table(runs: Repetition, outcomes: Outcomes) -> str:
    names = ["test\nloss", "test\naccuracy"]
    if runs.folds is not None:
        names = ["best\nepoch", "validation\nloss", "validation\naccuracy", "after the\nlast epoch"]
    rows: list[list[Cell]] = []
    for name, each in outcomes.items():
        cells = [_number(each.loss), _number(each.accuracy)]
        if runs.folds is not None:
            cells = ["" if each.epoch is None else str(each.epoch), *cells, _number(each.last)]
        if each.has_diverged:
            cells = ["diverged", *[""] * (len(cells) - 1)]
        rows.append([name, *cells])
    return table([Column("run"), *(Column(each, numeric=True) for each in names)], rows)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
