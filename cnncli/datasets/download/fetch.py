"""Fetching a file: resumable, verified, and never half-written under its own name."""

import os
import time
from contextlib import ExitStack, closing
from pathlib import Path

from cnncli.datasets.problems import Notify
from cnncli.errors import DataError, WriteError
from cnncli.files import BusyError, alone, wait_for

from .addresses import place_of
from .patience import PATIENCE, PassingError, Patience, Tries
from .published_file import Remote, check, is_published
from .source import opened
from .transfer import store

MIRROR = "CNN_DATA_MIRROR"


def fetch(
    remote: Remote,
    root: Path,
    *,
    notify: Notify,
    mirror: str | None = None,
    progress: bool = False,
    patience: Patience = PATIENCE,
) -> Path:
    """The path of the file below the root, once all of it is there and verified.

    It is written to FILE.part, which a later try or call continues; a file that is there already
    as it was published stays. `mirror` (or $CNN_DATA_MIRROR) is another place to fetch it from,
    laid out like a data root. notify: takes what the user must know of waits. Raises DataError
    where the network or the file fails, and WriteError where the folder can not be written to.
    """
    place = place_of(remote, mirror or os.environ.get(MIRROR))
    paths = _Paths(root / remote.folder, remote.file)
    try:
        tries = Tries(patience, _size(paths.part), notify)
        while not is_published(paths.target, remote):
            try:
                _once(place, paths, remote, patience, tries.seconds(), progress)
                break
            except PassingError as error:
                tries.failed(error, _size(paths.part))
            except BusyError:
                notify(f"{paths.target}: another process is fetching it; waiting for it to end")
                wait_for(paths.lock)
                time.sleep(patience.wait)  # it returns at once where there are no locks
                tries = Tries(patience, _size(paths.part), notify)
    except OSError as error:
        raise WriteError(
            f"{error.filename or paths.part}: can not be written: {error.strerror or error}; "
            "make room, or set data.root to a folder that can be written to"
        ) from None
    return paths.target


class _Paths:
    """The file's own path, and those that are there while it is fetched."""

    def __init__(self, folder: Path, file: str) -> None:
        self.target = folder / file
        self.part = folder / f"{file}.part"
        self.lock = folder / f"{file}.lock"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _once(
    place: str | Path,
    paths: _Paths,
    remote: Remote,
    patience: Patience,
    seconds: float,
    progress: bool,
) -> None:
    """One try to get the rest of the file, whose first bytes come within the seconds.

    Before they come, nothing is written and nobody kept out. Raises PassingError or BusyError
    where another try is needed.
    """
    found = _size(paths.part)
    with ExitStack() as stack:
        body = None
        if found != remote.size:
            body = opened(place, found if found < remote.size else 0, remote, patience, seconds)
            stack.enter_context(closing(body.stream))
        paths.target.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(alone(paths.lock))
        if _size(paths.part) != found:
            raise BusyError  # another process has been at it since
        if body:
            store(body, paths.part, remote, patience, progress)
        _finish(place, paths, remote)


def _finish(place: str | Path, paths: _Paths, remote: Remote) -> None:
    """Gives the part its name. Raises DataError, and removes it, unless it is as published."""
    try:
        check(paths.part, remote, place, "try again, or another mirror")
    except DataError:
        paths.part.unlink()
        raise
    os.replace(paths.part, paths.target)
