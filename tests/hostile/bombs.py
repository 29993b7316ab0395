"""Small files that would grow large, from the definitions of their formats."""

import gzip
import struct
import zlib

ZEROS = gzip.compress(bytes(2**24), 9, mtime=0)
"""16 MiB as a member of a gzip file, which may have any number of them."""


def idx_header(*shape):
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def zipped(start, mebibytes):
    """A gzip file with some bytes, then zeros."""
    return gzip.compress(start, mtime=0) + ZEROS * (mebibytes // 16)


def png_header(width, height, bits=8, colour=2):
    """A PNG of that size in which no pixels follow."""

    content = b"IHDR" + struct.pack(">2I5B", width, height, bits, colour, 0, 0, 0)
    chunk = struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 2**20) + b"IDAT" + zlib.compress(b"")
