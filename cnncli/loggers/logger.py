"""What loggers have in common, and their work in a run, which none of them can end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError
from cnncli.schema.kinds import Kind
from cnncli.text import printable

Line = Mapping[str, Any]
"""Of metrics.jsonl: its `kind`, its `step`, and what it records."""
Take = Callable[[Line], object]


class Logger(Kind, ABC):
    """Where the lines of metrics.jsonl go besides."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

    def check(self) -> None:
        """Raises UsageError where something is not installed that is needed."""

    @abstractmethod
    def open(self, run: Path, config: str, lines: Sequence[Line]) -> Take:
        """Begins anew, with the lines so far; what is given takes each line from then on.

        Whatever an earlier one has written there has no effect any more: lines that were cut off
        come again. run: its directory. config: its configuration, complete. May raise anything.
        """


class Logs:
    """The loggers of a run. One that fails is silent from then on, after a warning."""

    def __init__(
        self, loggers: Sequence[Logger], run: Path, config: str, warn: Callable[[str], object]
    ) -> None:
        self._sound = {logger.name: logger for logger in loggers}
        self._takers: dict[str, Take] = {}
        self._run, self._config, self._warn = run, config, warn

    def begin(self, lines: Sequence[Line]) -> None:
        """Opens all of them, with the lines that stand in metrics.jsonl; once more after a cut."""
        for name, logger in [*self._sound.items()]:
            with self._silenced(name):
                self._takers[name] = logger.open(self._run, self._config, lines)

    def write(self, line: Line) -> None:
        """Gives the line to all that are open."""
        for name, take in [*self._takers.items()]:
            with self._silenced(name):
                take(line)

    @contextmanager
    def _silenced(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever it is, the run goes on
            del self._sound[name]
            self._takers.pop(name, None)
            kind = "" if isinstance(error, CnncliError) else type(error).__name__
            reason = ": ".join(filter(None, (kind, printable(error))))
            self._warn(
                f"warning: train.log: {name} has failed, and logs nothing until the run is resumed;"
                f" the run goes on: {reason}"
            )
