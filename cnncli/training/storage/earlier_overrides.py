"""What the commands of a run have set in place of the file's values: run.json keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

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
class Overrides:
    """What is read of a record; versions before this one kept no overrides."""

    overrides: Annotated[list[_Set], BeforeValidator(_check_number)] = field(default_factory=list)
    ranks: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    threads: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1

    def of(self, path: Path) -> list[Override]:
        """Those that the record of that path keeps."""
        return [Override(this.set, this.file, str(path)) for this in self.overrides]


_RECORD = TypeAdapter(Overrides)
T = TypeVar("T")


def record_overrides(spec: Specification) -> list[dict[str, Any]]:
    """What holds of this command and those before it, ready for JSON."""
    return [{"set": this.text, "file": this.file} for this in spec.overrides]


def earlier_overrides(directory: RunDirectory) -> Sequence[Override]:
    """What the run's commands have set so far.

    Raises CheckpointError where its run.json is damaged, WriteError where it cannot be read.
    """
    found = read_record(directory.about, _RECORD, _REMEDY)
    return found.of(directory.about) if found else ()


def earlier_shards(directory: RunDirectory) -> tuple[int, int]:
    """By how many ranks of how many threads a run was computed last; raises the same."""
    found = read_record(directory.about, _RECORD, _REMEDY) or Overrides()
    return found.ranks, found.threads


def read_record(path: Path, form: TypeAdapter[T], remedy: str) -> T | None:
    """What a record beside runs holds, which anybody may have written; None where there is none.

    Raises CheckpointError where it is damaged, WriteError where it cannot be read.
    """
    with reported(path, "cannot be read"):
        if plain_file(path) is None:
            return None
        with open(path, "rb") as file:
            content = file.read(MAX_RUN_BYTES + 1)
    if len(content) > MAX_RUN_BYTES:
        raise CheckpointError(f"{path}: more than {MAX_RUN_BYTES:,} bytes; {remedy}")
    try:
        return form.validate_json(content)
    except ValidationError as error:
        raise CheckpointError(f"{path}: is damaged: {first_problem(error)}; {remedy}") from None
