"""A run's timetable as text."""

from collections.abc import Sequence
from typing import Protocol

from .table import Cell, Column, table

_COLUMNS = (
    Column("\nepoch", True),
    Column("\nsteps"),
    Column("first\nrate", True),
    Column("highest\nrate", True),
    Column("last\nrate", True),
    Column("\nfrozen"),
)


class Epoch(Protocol):
    """One line of it."""

    @property
    def number(self) -> int:
        """Counted from 1."""

    @property
    def first(self) -> int:
        """Its first step, counted from 1."""

    @property
    def last(self) -> int:
        """Its last step."""

    @property
    def rates(self) -> Sequence[float]:
        """The learning rate of each step."""

    @property
    def frozen(self) -> Sequence[str]:
        """What does not change in it."""


def preview_text(epochs: Sequence[Epoch]) -> str:
    """A line for each epoch."""
    rows: list[Sequence[Cell]] = []
    for epoch in epochs:
        rates = epoch.rates
        steps = f"{epoch.first:,} - {epoch.last:,}"
        shown = (f"{rate:.4g}" for rate in (rates[0], max(rates), rates[-1]))
        rows.append((epoch.number, steps, *shown, " ".join(epoch.frozen)))
    return table(_COLUMNS, rows)
