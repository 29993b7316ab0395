"""What the commands of a run have set in place of the file's values: run.json keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from cnncli.bounds import MAX_BYTES, MAX_COUNT, MAX_KEPT_VALUE, MAX_OVERRIDES, MAX_RUN_BYTES
from cnncli.config.specification import Override, Specification
from cnncli.errors import CheckpointError
from cnncli.files import plain_file, reported

from .checkpoint import first_problem
from .directory import RunDirectory

_REMEDY = "remove the file, and give with --set what earlier commands have set"


@dataclass(frozen=True)
class _Set:
    set: Annotated[str, Field(strict=True, max_length=MAX_BYTES)]
    file: Annotated[str, Field(strict=True, max_length=MAX_KEPT_VALUE)] | None = None


def _check_number(found: object) -> object:
    """Before they are looked at one by one: each that is wrong would take a kilobyte."""
    if isinstance(found, list) and len(found) > MAX_OVERRIDES:
        raise ValueError(f"there should be at most {MAX_OVERRIDES:,}")
    return found


@dataclass(frozen=True)
class _Record:
    """What is read of run.json; versions before this one kept no overrides."""

    overrides: Annotated[list[_Set], BeforeValidator(_check_number)] = field(default_factory=list)
    ranks: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    threads: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1


_RECORD = TypeAdapter(_Record)


def record_overrides(spec: Specification) -> list[dict[str, Any]]:
    """What holds of this command and those before it, ready for JSON."""
    return [{"set": this.text, "file": this.file} for this in spec.overrides]


def earlier_overrides(directory: RunDirectory) -> Sequence[Override]:
    """What the run's commands have set so far.

    Raises CheckpointError where its run.json is damaged, WriteError where it cannot be read.
    """
    found = _read(directory.about)
    if found is None:
        return ()
    return [Override(this.set, this.file, str(directory.about)) for this in found.overrides]


def earlier_shards(directory: RunDirectory) -> tuple[int, int]:
    """By how many ranks of how many threads a run was computed last; raises the same."""
    found = _read(directory.about) or _Record()
    return found.ranks, found.threads


def _read(path: Path) -> _Record | None:
    with reported(path, "cannot be read"):
        if plain_file(path) is None:
            return None
        with open(path, "rb") as file:
            content = file.read(MAX_RUN_BYTES + 1)
    if len(content) > MAX_RUN_BYTES:
        raise CheckpointError(f"{path}: more than {MAX_RUN_BYTES:,} bytes; {_REMEDY}")
    try:
        return _RECORD.validate_json(content)
    except ValidationError as error:
        raise CheckpointError(f"{path}: is damaged: {first_problem(error)}; {_REMEDY}") from None
