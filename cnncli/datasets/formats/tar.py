"""The files in a tar archive, read from a stream by their names (POSIX.1-1988, ustar).

A member is a block with its name, its size and its kind, then its content in whole blocks. Only
plain files are ever taken; everything else is passed over, whatever its headers say.
"""

from collections.abc import Collection

from .gzip_stream import Source

_BLOCK = 512
_MOST_MEMBERS = 1_000
_FILE = (b"0", b"\0")
_KINDS = {
    b"1": "a link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"5": "a folder",
    b"6": "a pipe",
}
"""Kinds that have no content."""


class TarError(Exception):
    """The stream is no whole tar archive."""


def read_members(stream: Source, wanted: Collection[str]) -> dict[str, bytes]:
    """The content of the wanted members that are there, by name; the first of several.

    Raises TarError for damage, and for a wanted member that is no file.
    """
    found: dict[str, bytes] = {}
    for _ in range(_MOST_MEMBERS):
        header = _exactly(stream, _BLOCK)
        if header == bytes(_BLOCK):
            return found
        name, size, kind = _parsed(header)
        if name in wanted and kind in _KINDS:
            raise TarError(f"{name} is {_KINDS[kind]}")
        rest = 0 if kind in _KINDS else size + -size % _BLOCK
        if name in wanted and name not in found and kind in _FILE:
            found[name] = _exactly(stream, size)
            rest -= size
        _pass_over(stream, rest)
    raise TarError(f"more than {_MOST_MEMBERS:,} members")


def _parsed(header: bytes) -> tuple[str, int, bytes]:
    """Name, size and kind."""
    checksum = header[148:156]
    if _number(checksum) != sum(header) - sum(checksum) + 8 * ord(" "):
        raise TarError("the checksum of a header is wrong")
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    whole = (prefix + b"/" if prefix else b"") + name
    return (
        whole.decode(errors="replace").removeprefix("./"),
        _number(header[124:136]),
        header[156:157],
    )


def _number(field: bytes) -> int:
    """An octal number; the binary ones of some writers are for sizes of 8 GiB and more."""
    digits = field.split(b"\0")[0].strip() or b"0"
    if not set(digits) <= set(b"01234567"):
        raise TarError("a number in a header is none")
    return int(digits, 8)


def _exactly(stream: Source, size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise TarError("it ends too early")
    return content


def _pass_over(stream: Source, size: int) -> None:
    while size > 0:
        size -= len(_exactly(stream, min(size, 2**20)))
