"""JPEG files: how often one goes over its pixels, without reading them."""

import mmap
import re
from pathlib import Path

_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])")
"""The beginning of a segment that has a length; those without one, and bytes of pixels, are not."""
_SCAN, _END = b"\xda", b"\xd9"
_LIKE_A_SCAN = re.compile(rb"\xff\xda")
"""Such bytes may also stand in remarks, or after the end; they are found much faster."""


def has_more_scans(path: Path, most: int) -> bool:
    """Whether the picture is made of more passes over its pixels than that.

    Raises OSError, and ValueError for an empty file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(_LIKE_A_SCAN.findall(content)) <= most:
            return False
        at = count = 0
        while (marker := _MARKER.search(content, at)) and marker[1] != _END:
            count += marker[1] == _SCAN
            at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
        return count > most
