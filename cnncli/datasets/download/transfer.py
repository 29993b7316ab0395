"""Writing the bytes of a file as they come, unless they come too slowly."""

import os
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from cnncli.files import plainly

from .patience import PassingError, Patience
from .published_file import Remote
from .source import Body, reason_of

_BLOCK = 2**16


def store(body: Body, part: Path, remote: Remote, patience: Patience, progress: bool) -> None:
    """Writes the bytes to the part, behind `start` of those that are there.

    What comes behind the file's end is not read. Raises PassingError where the bytes end too early
    or come too slowly; the part stays then.
    """
    with (
        open(part, "ab" if body.start else "wb", opener=plainly) as stream,
        tqdm(
            desc=remote.file,
            total=remote.size,
            initial=body.start,
            unit="B",
            unit_scale=True,
            disable=not progress,
        ) as bar,
    ):
        for block in _blocks(body, remote.size - body.start, patience):
            stream.write(block)
            bar.update(len(block))
        stream.flush()
        os.fsync(stream.fileno())
        end = stream.tell()
    if end < remote.size:
        raise PassingError(f"{body.place}: expected {remote.size:,} bytes, found {end:,}")


def _blocks(body: Body, most: int, patience: Patience) -> Iterator[bytes]:
    """The body's first bytes as they come, at least `least` of them in each window of time."""
    begin, count = time.monotonic(), 0
    try:
        while most > 0 and (block := body.stream.read1(min(most, _BLOCK))):
            yield block
            most -= len(block)
            count += len(block)
            if time.monotonic() - begin > patience.seconds:
                if count < patience.least:
                    raise TimeoutError
                begin, count = time.monotonic(), 0
    except TimeoutError:
        limit = f"{patience.least:,} bytes in {patience.seconds:g} s"
        raise PassingError(f"{body.place}: fewer than {limit}") from None
    except (OSError, HTTPException, OverflowError) as error:
        raise PassingError(f"{body.place}: broke off: {reason_of(error)}") from None
