"""Errors for the person who reads them: each kind of failure has a type and an exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class CnncliError(Exception):
    """A failure that the user can understand and mend; shown as its message alone."""

    exit_status: ClassVar[int] = 70


class TargetMissed(CnncliError):
    """The work was done, and its result is below what was asked for."""

    exit_status = 1


class UsageError(CnncliError):
    """The command was called in a way that it cannot follow."""

    exit_status = 2


class DataError(CnncliError):
    """A data set is missing, damaged or not what its name promises."""

    exit_status = 3


class CheckpointError(CnncliError):
    """A checkpoint is missing, damaged or belongs to another network."""

    exit_status = 4


class DivergedError(CnncliError):
    """Training produced NaN or infinity."""

    exit_status = 5


class WriteError(CnncliError):
    """A file could not be written: no space, no permission, no directory."""

    exit_status = 6


class WorkerLost(CnncliError):
    """A process that computed a part of the batch was ended from outside."""

    def __init__(self) -> None:
        super().__init__(
            "a process that computed a part of the batch was killed, which is what the system does "
            "when memory runs out.\nA smaller train.batch_size takes less memory, and so do fewer "
            "train.threads."
        )


class RunFailed(CnncliError):
    """One of several runs has failed in a process of its own, with that exit status."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status  # type: ignore[misc]


class Interrupted(CnncliError):
    """A signal ended the run after its state was saved; exit status 128 + the signal's number.

    run: its directory; None where that is removed.
    """

    def __init__(self, message: str, signal_number: int, run: Path | None = None) -> None:
        super().__init__(message)
        self.run = run
        self.signal_number = signal_number
        self.exit_status = 128 + signal_number  # type: ignore[misc]


class CnncliWarning(UserWarning):
    """What the user of the Python interface should know, while the work goes on."""
