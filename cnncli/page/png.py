"""Pictures as PNG, written with zlib alone (ISO/IEC 15948)."""

import struct
import zlib
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {1: 0, 3: 2}
"""Channels, and the number by which PNG calls them."""
_UP = 2
"""The filter that keeps differences to the row above, which are mostly small."""


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture (H, W, 1) in grey or (H, W, 3) in colour."""
    height, width, depth = pixels.shape
    rows = pixels.reshape(height, width * depth)
    plain, above = _packed(rows, 0), _packed(np.diff(rows, axis=0, prepend=np.uint8(0)), _UP)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[depth], 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", min(plain, above, key=len)), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def data_url(pixels: NDArray[np.uint8]) -> str:
    """The picture as an address that holds it."""
    return f"data:image/png;base64,{b64encode(png(pixels)).decode()}"


def _packed(rows: NDArray[Any], kind: int) -> bytes:
    marked = np.insert(rows, 0, kind, axis=1)
    return zlib.compress(marked.tobytes(), 9)


def _chunk(kind: bytes, content: bytes) -> bytes:
    sum_ = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", sum_)
