"""A run's timetable as text."""

from collections.abc import Iterable
from typing import NamedTuple

from .table import Cell, Column, table

_COLUMNS = (
    Column("\nepoch", True),
    Column("\nsteps"),
    Column("first\nrate", True),
    Column("highest\nrate", True),
    Column("last\nrate", True),
    Column("\nfrozen", rank=1, least=20, way="list"),
)


class Epoch(NamedTuple):
    """The steps of an epoch, counted from 1, with their learning rates and what is frozen."""

    number: int
    first: int
    last: int
    rates: tuple[float, ...]
    frozen: tuple[str, ...]
    """Arrays that do not change in any of its steps."""


def preview_text(epochs: Iterable[Epoch]) -> str:
    """A line for each epoch."""
    rows: list[list[Cell]] = []
    for epoch in epochs:
        rates = epoch.rates
        steps = f"{epoch.first:,} - {epoch.last:,}"
        shown = (f"{rate:.4g}" for rate in (rates[0], max(rates), rates[-1]))
        rows.append([epoch.number, steps, *shown, " ".join(epoch.frozen)])
    return table(_COLUMNS, rows)
