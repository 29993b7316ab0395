"""The lines of metrics.jsonl: added, read, and cut back to where a run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.files import append, plain_file, reported, write_whole

if TYPE_CHECKING:  # it loads NumPy, which whoever only looks at runs needs not
    from cnncli.training.state import Progress


def add_line(path: Path, line: Mapping[str, Any]) -> None:
    """Adds a line to the file's end. Raises WriteError."""
    append(path, f"{json.dumps(line)}\n".encode())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines, without what an abrupt end left incomplete. Raises WriteError."""
    found = []
    for line in _read(path) or ():
        with suppress(ValueError, RecursionError):
            values = json.loads(line)
            found += [values] if isinstance(values, dict) and "kind" in values else []
    return found


def last_line(path: Path) -> Any:
    """What the last line holds. Raises ValueError, LookupError or RecursionError without one."""
    return json.loads((_read(path) or [])[-1])


def cut_lines(path: Path, progress: Progress) -> None:
    """Drops the lines of what is not done yet: a resumed run writes them again.

    Raises WriteError.
    """
    if (lines := _read(path)) is not None:
        done = (line.rstrip(b"\n") + b"\n" for line in lines if _is_done(line, progress))
        write_whole(path, b"".join(done))


def _read(path: Path) -> list[bytes] | None:
    with reported(path, "cannot be read"):
        if plain_file(path) is None:
            return None
        return path.read_bytes().splitlines(keepends=True)


def _is_done(line: bytes, progress: Progress) -> bool:
    """Whether a line of the metrics stays; one that an abrupt end left incomplete does not."""
    try:
        values = json.loads(line)
        kind, step = values["kind"], values["step"]
        if step == progress.step and kind == "epoch":
            return progress.sums.images == 0  # else the epoch's end is due
        if step == progress.step and kind in ("stop", "test"):
            return progress.finished_at == progress.step  # else they are due
        return bool(step <= progress.step)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
