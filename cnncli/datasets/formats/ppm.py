"""PPM and PGM, in bytes or in text. Pillow reads most of them number by number, in Python."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cnncli.bounds import MAX_PPM_HEADER, MAX_TEXT_BYTES
from cnncli.lazy import Images, NDArray, np

_SPACE = rb"(?:[ \t\n\v\f\r]|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(
    rb"P([2356])" + _SPACE + rb"(\d{1,9})" + _SPACE + rb"(\d{1,9})" + _SPACE + rb"(\d{1,5})\s"
)
_REMARK = re.compile(rb"#[^\r\n]*")


class Header(NamedTuple):
    """What a file says first: width, height, the value of white, and where its numbers begin."""

    size: tuple[int, int]
    white: int
    channels: int
    is_text: bool
    end: int


def read_header(path: Path) -> Header | None:
    """The header; None: it is no such file. Raises OSError."""
    with path.open("rb") as file:
        found = _HEADER.match(file.read(MAX_PPM_HEADER))
    if not found:
        return None
    kind, width, height, white = map(int, found.groups())
    return Header((width, height), white, 3 if kind in (3, 6) else 1, kind < 4, found.end())


def read(path: Path, header: Header) -> Images:
    """The image, (H, W) or (H, W, 3), with white as 255.

    Raises OSError, and ValueError for what its header does not allow.
    """
    (width, height), white = header.size, header.white
    count = width * height * header.channels
    if not count or not 0 < white < 2**16:
        raise ValueError("no pixels, or no value of white")
    with path.open("rb") as file:
        file.seek(header.end)
        if header.is_text:
            text = file.read(MAX_TEXT_BYTES + 1)
            if len(text) > MAX_TEXT_BYTES:
                raise ValueError(f"text of more than {MAX_TEXT_BYTES:,} bytes")
            words = _REMARK.sub(b"", text).split(maxsplit=count)[:count]
            numbers = np.array([int(word) for word in words], np.int64)
        else:
            kind = np.dtype(">u2" if white > 255 else "u1")
            content = file.read(count * kind.itemsize)
            numbers = np.frombuffer(content, kind, len(content) // kind.itemsize)
    if len(numbers) < count:
        raise ValueError("image file is truncated")
    if int(numbers.min()) < 0 or int(numbers.max()) > white:
        raise ValueError(f"values beyond {white}")
    image = eight_bits(numbers, white)
    return image.reshape((height, width, 3) if header.channels == 3 else (height, width))


def eight_bits(values: NDArray[np.integer], white: int) -> Images:
    """Whole numbers from 0 to `white` as 0 to 255, rounded; of 65535: (x + 128) // 257."""
    return values.astype(np.uint8) if white == 255 else _levels(white)[values]


@lru_cache(4)
def _levels(white: int) -> Images:
    return ((np.arange(white + 1) * 255 + white // 2) // white).astype(np.uint8)
