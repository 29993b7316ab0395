"""Fetching a file: resumed, verified, and never half-written under its own name."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPException
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO
from urllib.request import url2pathname

from tqdm import tqdm

from cnncli.datasets.problems import Notify, from_environment
from cnncli.errors import DataError, UsageError, WriteError
from cnncli.files import plain_file, rename
from cnncli.locks import file_lock
from cnncli.text import ForeignPath, printable

from .published_file import PublishedFile, check, is_published
from .requests_http import TransientError, is_safe, open_body, reason_of, split

MIRROR = "CNN_DATA_MIRROR"
_BLOCK = 2**16


@dataclass(frozen=True)
class Patience:
    """The limits of a download; times are in seconds.

    seconds: until the first byte, for all tries together; later for each answer, and for the
    next `least` bytes. tries: how many may fail. wait: before the second; it doubles with each.
    """

    seconds: float = 8.0
    least: int = 2**15
    tries: int = 4
    wait: float = 1.0


PATIENCE = Patience()


class Retrier:
    """Counts the failed tries of one download, and waits between them."""

    def __init__(self, patience: Patience, size: int, notify: Notify) -> None:
        """size: the bytes that were there at first."""
        self._patience = patience
        self._notify = notify
        self._end = time.monotonic() + patience.seconds
        self._first = size
        self._has_begun = False
        self._failures = 0

    def seconds(self) -> float:
        """How long the next answer may take."""
        return self._patience.seconds if self._has_begun else self._end - time.monotonic()

    def wait(self, error: TransientError, size: int) -> None:
        """Returns when it is time for the next try; `size` bytes are there.

        Raises DataError where there should be none: too many have failed, or, as long as nothing
        has come, there is no way to the server or the time is up.
        """
        self._has_begun |= size != self._first
        wait = self._patience.wait * 2**self._failures
        self._failures += 1
        is_late = error.is_unreached or time.monotonic() + wait >= self._end
        if self._failures == self._patience.tries or (is_late and not self._has_begun):
            count = f" ({self._failures} tries)" if self._failures > 1 else ""
            remedy = "run again to fetch the remainder" if size else "try again, or another mirror"
            raise DataError(f"{error}{count}; {remedy}")
        self._notify(f"{error}; trying again in {wait:.3g} s")
        time.sleep(wait)


def fetch(
    published: PublishedFile,
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
    where the network or the file fails, and WriteError where the folder cannot be written to.
    """
    one = _Download(published, root, mirror or from_environment(MIRROR), patience, notify, progress)
    retrier = Retrier(patience, one.size(), notify)
    try:
        while not is_published(one.target, published):
            try:
                if not one.try_once(retrier.seconds()):
                    retrier = Retrier(patience, one.size(), notify)
            except TransientError as error:
                retrier.wait(error, one.size())
    except OSError as error:
        place = printable(error.filename or one.part)
        raise WriteError(
            f"{place}: cannot be written: {error.strerror or error}; "
            "make room, or set data.root to a folder that can be written to"
        ) from None
    return one.target


def place_of(published: PublishedFile, mirror: str | None) -> str | Path:
    """Where the file is: an address, or a path where the mirror is a folder on this machine.

    Raises UsageError for a mirror that is not asked.
    """
    base = mirror or published.base
    parts = split(base)
    if mirror and parts and parts.scheme == "file":
        path = url2pathname(parts.path)
        if parts.netloc in ("", "localhost") and parts.path.startswith("/") and "\0" not in path:
            return ForeignPath(path) / published.folder / published.file
    if not (parts and is_safe(parts)):
        raise UsageError(
            "the mirror (--mirror or $CNN_DATA_MIRROR): expected an https:// address (http:// for "
            f"this machine only) or file:///FOLDER, found {base!r}"
        )
    below = (published.folder,) if mirror and published.folder else ()
    return "/".join((base.rstrip("/"), *below, published.file))


class _Download:
    """A file and the place that it comes from."""

    def __init__(
        self, published: PublishedFile, root: Path, mirror: str | None,
        patience: Patience, notify: Notify, progress: bool,
    ) -> None:  # fmt: skip
        self.published, self.patience = published, patience
        self.notify, self.progress = notify, progress
        self.place = place_of(published, mirror)
        self.target = root / published.folder / published.file
        self.part = self.target.with_name(f"{published.file}.part")

    def size(self) -> int:
        """Of the part; 0 where there is none, or no longer: another process may have ended it."""
        try:
            return self.part.stat().st_size
        except (OSError, ValueError):
            return 0

    def try_once(self, seconds: float) -> bool:
        """Gets the remainder of the file, whose first bytes come within the seconds.

        Before they come, nothing is written and nobody kept out. False where another process has
        been at it since. Raises TransientError where another try may help.
        """
        found, published = self.size(), self.published
        with ExitStack() as stack:
            body = None
            if found != published.size:
                start = found if found < published.size else 0
                body = open_body(self.place, start, published.size, seconds, self.patience.seconds)
                stack.enter_context(closing(body[0]))
            self.target.parent.mkdir(parents=True, exist_ok=True)
            plain_file(self.target)
            busy = f"{self.target}: another process is fetching it; waiting for it to end"
            lock = stack.enter_context(file_lock(self.part, lambda _: self.notify(busy)))
            if not lock.is_current():
                return False
            if is_published(self.target, published):
                self.part.unlink()
                return True
            if self.size() != found:
                return False
            if body:
                self._store(*body, lock.stream)
            try:
                check(self.part, published, self.place, "try again, or another mirror")
            except DataError:
                self.part.unlink()
                raise
            rename(self.part, self.target)
        return True

    def _store(self, stream: BufferedIOBase, start: int, file: BinaryIO) -> None:
        """Writes the bytes after the first `start` of those that are there.

        What comes after the file's end is not read. Raises TransientError where the bytes end too
        early or come too slowly; the part stays then.
        """
        size = self.published.size
        file.truncate(start)
        file.seek(start)
        with tqdm(
            desc=self.published.file, total=size, initial=start, unit="B", unit_scale=True,
            disable=not self.progress,
        ) as bar:  # fmt: skip
            for block in self._blocks(stream, size - start):
                file.write(block)
                bar.update(len(block))
        os.fsync(file.fileno())
        if file.tell() < size:
            raise TransientError(
                f"{printable(self.place)}: expected {size:,} bytes, found {file.tell():,}"
            )

    def _blocks(self, stream: BufferedIOBase, most: int) -> Iterator[bytes]:
        """The body's first bytes as they come, at least `least` of them in each window of time."""
        patience, begin, count = self.patience, time.monotonic(), 0
        try:
            while most > 0 and (block := stream.read1(min(most, _BLOCK))):
                yield block
                most -= len(block)
                count += len(block)
                if time.monotonic() - begin > patience.seconds:
                    if count < patience.least:
                        raise TimeoutError
                    begin, count = time.monotonic(), 0
        except TimeoutError:
            limit = f"{patience.least:,} bytes in {patience.seconds:g} s"
            raise TransientError(f"{printable(self.place)}: fewer than {limit}") from None
        except (OSError, HTTPException, OverflowError) as error:
            raise TransientError(
                f"{printable(self.place)}: broke off: {reason_of(error)}"
            ) from None
