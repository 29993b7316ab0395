"""Which addresses are asked: https, http on this machine, and folders that are a mirror."""

import string
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, quote, urljoin, urlsplit
from urllib.request import url2pathname

from cnncli.datasets.problems import fault
from cnncli.errors import UsageError

from .published_file import Remote


def place_of(remote: Remote, mirror: str | None) -> str | Path:
    """Where the file is: an address, or a path where the mirror is a folder on this machine.

    A mirror is laid out like a data root. Raises UsageError for a mirror that is not asked.
    """
    base = mirror or remote.base
    parts = _split(base)
    if mirror and parts and parts.scheme == "file":
        path = url2pathname(parts.path)
        if parts.netloc in ("", "localhost") and parts.path.startswith("/") and "\0" not in path:
            return Path(path) / remote.folder / remote.file
    if not (parts and _is_safe(parts)):
        raise UsageError(
            "the mirror (--mirror or $CNN_DATA_MIRROR): expected an https:// address (http:// for "
            f"this machine only) or file:///FOLDER, found {base!r}"
        )
    below = (remote.folder,) if mirror and remote.folder else ()
    return "/".join((base.rstrip("/"), *below, remote.file))


def redirected(url: str, location: str) -> str:
    """The address that a server at `url` sends us to; Location headers may be relative.

    Raises DataError where that is less safe than https, or than http on this machine where we
    came from there.
    """
    # What is no ASCII, and spaces, as browsers send them; what is escaped already stays.
    quoted = quote(location, encoding="latin-1", safe=string.punctuation)
    came, goes = _split(url), _split(quoted)
    target = urljoin(url, quoted) if goes else quoted
    goes = _split(target)
    is_lowered = came and goes and came.scheme == "https" != goes.scheme
    if not (goes and _is_safe(goes)) or is_lowered:
        expected = "a redirect to an https:// address"
        raise fault(url, expected, f"one to {target!r}", "try another mirror")
    return target


def _split(url: str) -> SplitResult | None:
    """None for what can not be an address."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_safe(parts: SplitResult) -> bool:
    if parts.scheme == "http":
        return _is_loopback(parts.hostname)
    return parts.scheme == "https" and bool(parts.hostname)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
