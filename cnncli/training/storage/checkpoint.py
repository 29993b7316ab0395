"""Checkpoints: a run at one moment, in a file of its arrays and what else it needs to go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cnncli.errors import CheckpointError
from cnncli.training.state import Positive, Progress

from . import safetensors_file
from .safetensors_file import Arrays, DamagedError

FORMAT = 2
"""Of the text."""


@dataclass(frozen=True)
class DataUsed:
    """The data set that a run learned from, and the one that it stood in for."""

    name: str
    digest: str
    stand_in_for: str | None
    classes: tuple[str, ...]
    mean: tuple[float, ...] | None
    """Each channel's mean and deviation by which images are normalised; None: not at all."""
    std: tuple[Positive, ...] | None
    damaged: int | None = None
    """Files that were left out as they could not be read; None: by a version that left out none."""


@dataclass(frozen=True)
class _Format:
    format: int


@dataclass(frozen=True)
class _About(_Format):
    """The text of a checkpoint, as JSON."""

    config: str
    data: DataUsed
    progress: Progress
    algorithms: dict[str, str]


_FORMAT = TypeAdapter(_Format)
_ABOUT = TypeAdapter(_About)


@dataclass(frozen=True)
class Checkpoint:
    """A run at one moment. `config` is the resolved configuration's text."""

    config: str
    data: DataUsed
    progress: Progress
    arrays: Arrays
    algorithms: Mapping[str, str] = field(default_factory=dict)
    """Which algorithm computes a node that has several; for the others, what layers expect best."""

    def save(self, path: Path, former: Path | None = None) -> None:
        """Writes the file whole; the one before is then called `former`. Raises WriteError."""
        about = _About(FORMAT, self.config, self.data, self.progress, dict(self.algorithms))
        safetensors_file.write(path, _ABOUT.dump_json(about).decode(), self.arrays, former)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Reads the file.

        Raises CheckpointError where it is missing or foreign, DamagedError where it is damaged.
        """
        text, arrays = safetensors_file.read(path)
        try:
            found = _FORMAT.validate_json(text, strict=True).format
            if found != FORMAT:
                raise CheckpointError(
                    f"{path}: format {found} is unknown to this version, which reads format "
                    f"{FORMAT}; use a newer cnn"
                )
            about = _ABOUT.validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "its text"
            raise DamagedError(f"{path}: the header is damaged: {where}: {first['msg']}") from None
        return cls(about.config, about.data, about.progress, arrays, about.algorithms)
