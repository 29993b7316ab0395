"""Fetching a file over HTTP: resumable, verified, and never half-written under its own name."""

import hashlib
import os
import queue
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from tqdm import tqdm

from cnncli.errors import DataError, UsageError, WriteError

from .faults import fault

MIRROR = "CNN_DATA_MIRROR"
PATIENCE = 8.0
"""Seconds to wait for an answer, and for each piece of the file."""
_BLOCK = 2**18


@dataclass(frozen=True)
class Remote:
    """A published file: where it is, and by what it is known.

    folder: where it lies below a data root, or below a mirror.
    """

    base: str
    file: str
    size: int
    sha256: str
    folder: str = ""


def fetch(
    remote: Remote,
    root: Path,
    *,
    mirror: str | None = None,
    progress: bool = False,
    patience: float = PATIENCE,
) -> Path:
    """The path of the file below the root, once all of it is there and verified.

    It is written to FILE.part, which a later call continues. `mirror` (or $CNN_DATA_MIRROR) is
    another place to fetch it from, laid out like a data root. Raises DataError where the network
    or the file fails, and WriteError where the folder can not be written to.
    """
    url = _url(remote, mirror or os.environ.get(MIRROR))
    folder = root / remote.folder
    target, part = folder / remote.file, folder / f"{remote.file}.part"
    try:
        start = part.stat().st_size if part.exists() else 0
        if start != remote.size:
            _transfer(url, part, start if start < remote.size else 0, remote, progress, patience)
        _verify(url, part, remote)
        os.replace(part, target)
    except OSError as error:
        raise WriteError(
            f"{error.filename or part}: can not be written: {error.strerror or error}; "
            "make room, or set data.root to a folder that can be written to"
        ) from None
    return target


def _url(remote: Remote, mirror: str | None) -> str:
    base = mirror or remote.base
    parts = urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise UsageError(
            f"the mirror (${MIRROR}): expected an https:// address (http:// for this machine "
            f"only), found {base!r}"
        )
    below = (remote.folder,) if mirror and remote.folder else ()
    return "/".join((base.rstrip("/"), *below, remote.file))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _transfer(
    url: str, part: Path, start: int, remote: Remote, progress: bool, patience: float
) -> None:
    """Appends to the part from byte `start` on (0: anew) until the file's size is reached."""
    try:
        response = _answer(url, start, patience)
    except HTTPError as error:
        error.close()
        if error.code == 416:
            part.unlink()
        raise DataError(f"{url}: the server answers {error.code} {error.reason}") from None
    with response:
        if response.status != 206:
            start = 0
        expected = remote.size - start
        if response.length not in (None, expected):
            found = f"{response.length:,}"
            raise fault(url, f"{expected:,} bytes to come", found, "try another mirror")
        part.parent.mkdir(parents=True, exist_ok=True)
        with (
            part.open("ab" if start else "wb") as stream,
            tqdm(
                desc=remote.file,
                total=remote.size,
                initial=start,
                unit="B",
                unit_scale=True,
                disable=not progress,
            ) as bar,
        ):
            while block := _piece(url, response, remote.size + 1 - stream.tell()):
                stream.write(block)
                bar.update(len(block))
            stream.flush()
            os.fsync(stream.fileno())
            end = stream.tell()
    if end < remote.size:
        raise fault(url, f"{remote.size:,} bytes", f"{end:,}", "run again to fetch the rest")


def _answer(url: str, start: int, patience: float) -> HTTPResponse:
    """The response, or an error within `patience` seconds.

    Looking up a name knows no time limit of ours; so it is done in a thread that is left behind.
    """
    headers = {"User-Agent": "cnncli"} | ({"Range": f"bytes={start}-"} if start else {})
    results: queue.SimpleQueue[HTTPResponse | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            results.put(build_opener().open(Request(url, headers=headers), timeout=patience))
        except Exception as error:
            results.put(error)

    Thread(target=work, daemon=True).start()
    try:
        result = results.get(timeout=patience)
    except queue.Empty:
        raise DataError(f"{url}: no answer within {patience:g} s") from None
    if isinstance(result, HTTPError):
        raise result
    if isinstance(result, Exception):
        raise _failed(url, result)
    return result


def _piece(url: str, response: HTTPResponse, most: int) -> bytes:
    try:
        return response.read(min(most, _BLOCK))
    except (OSError, HTTPException) as error:
        raise _failed(url, error) from None


def _failed(url: str, error: Exception) -> DataError:
    reason = error.reason if isinstance(error, URLError) else error
    return DataError(f"{url}: can not be fetched: {str(reason) or type(reason).__name__}")


def _verify(url: str, part: Path, remote: Remote) -> None:
    """Raises DataError, and removes the part, unless it is the file that was published."""
    try:
        check(part, remote, url, "try again, or another mirror")
    except DataError:
        part.unlink()
        raise


def check(path: Path, remote: Remote, name: str | Path, remedy: str) -> None:
    """Raises DataError, which calls the file by that name, unless it is what was published."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    size = path.stat().st_size
    if (size, found) != (remote.size, remote.sha256):
        expected = f"{remote.size:,} bytes with SHA-256 {remote.sha256}"
        raise fault(name, expected, f"{size:,} with {found}", remedy)
