"""What lies in the directory of a run, whoever has written it: texts within bounds, no arrays."""

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any

from cnncli.bounds import MAX_BYTES, MAX_COUNT, MAX_RUN_BYTES, MAX_RUN_METRICS
from cnncli.errors import CheckpointError
from cnncli.text import bytes_text
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.safetensors_header import mapping, read_text

Values = Mapping[str, Any]

_STEP = b'{"kind": "step"'
"""Begins a line of a step as runs write it; there may be a million, which are passed over."""


class RunFiles:
    """The files of a run's directory. Each method raises CheckpointError that names the file."""

    def __init__(self, path: Path) -> None:
        self._directory = RunDirectory(path)

    def config(self) -> str | None:
        """The text of config.yaml, if it is there."""
        content = _read(self._directory.config, MAX_BYTES)
        with suppress(UnicodeDecodeError):
            return None if content is None else content.decode()
        raise CheckpointError(f"{self._directory.config}: is damaged: it is not UTF-8")

    def about(self) -> Values | None:
        """The values of run.json, if it is there."""
        content = _read(self._directory.about, MAX_RUN_BYTES)
        if content is None:
            return None
        with suppress(ValueError, RecursionError):
            found = json.loads(content)
            if isinstance(found, dict):
                return found
        raise CheckpointError(f"{self._directory.about}: is damaged: it is no JSON object")

    def metrics(self) -> tuple[list[Values], list[str]]:
        """The lines of metrics.jsonl but those of steps, and which is the first damaged one.

        The last line does not count, which an end may have cut off, or which is being written.
        """
        path = self._directory.metrics
        found: list[Values] = []
        damaged: list[str] = []
        lines = (_read(path, MAX_RUN_METRICS) or b"").split(b"\n")
        for place, line in enumerate(lines, 1):
            if line.startswith(_STEP) or not line.strip():
                continue
            values = None
            with suppress(ValueError, RecursionError):
                values = json.loads(line)
            if isinstance(values, dict):
                found.append(values)
            elif place < len(lines):
                damaged.append(f"{path}:{place}: is damaged: it is no JSON object")
        return found, damaged[:1]

    @property
    def checkpoints(self) -> list[Path]:
        """Those that are there, the newest first, the best one last."""
        places = (self._directory.last, self._directory.previous, self._directory.best)
        return [path for path in places if os.path.lexists(path)]


def checkpoint_values(path: Path) -> Values:
    """The text of a checkpoint as values. Raises CheckpointError."""
    found = mapping(read_text(path))
    if not isinstance(found.get("config"), str):
        raise CheckpointError(f"{path}: the header is damaged: it has no configuration")
    return found


def number(value: object) -> int | float | None:
    """What JSON gives as a number that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value if abs(value) <= MAX_COUNT else None
    return value if isfinite(value) else None


def whole(value: object) -> int | None:
    """A number of steps or epochs; None for anything else."""
    found = number(value)
    return found if isinstance(found, int) and found >= 0 else None


def below(values: object, *keys: str) -> Any:
    """What stands below these keys; None where nothing does."""
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _read(path: Path, most: int) -> bytes | None:
    """What is in the file; None where there is none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CheckpointError(f"{path}: is not a file; move it away")
        with open(path, "rb", opener=_open) as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(most + 1) if size <= most else b""
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    if max(size, len(content)) > most:  # of a file that grows, the latter
        found = bytes_text(max(size, len(content)))
        raise CheckpointError(f"{path}: has {found}, and at most {bytes_text(most)} are read")
    return content


def _open(path: str, flags: int) -> int:
    """Without waiting for whoever writes into a pipe that has come there meanwhile."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
