"""SVHN, house numbers cut out to single figures (Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu
and A. Y. Ng: Reading digits in natural images with unsupervised feature learning, 2011).

Its two files are MATLAB's of version 5: a header of 128 bytes and then compressed variables, X
(32, 32, 3, N) and y (N, 1). A variable is a row of elements (flags, sizes, name, numbers), each
with a tag that says its type and its length (MathWorks: MAT-File Format). Only the published files
are opened, so that what they say of themselves is true.
"""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import FIGURES, PLAIN, Description, NamedSet, Reading
from cnncli.datasets.download.published_file import PublishedFile, read_published
from cnncli.geometry import Volume
from cnncli.lazy import Images, np

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts, Split
    from cnncli.datasets.formats.gzip_stream import Source

_HOME = "https://ufldl.stanford.edu/housenumbers/"
_REMEDY = f"get it again from {_HOME}"
_FILES = (
    ("train", 182_040_794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
    ("test", 64_275_384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
)
_HEADER = 128
_NUMBERS = {2: "u1", 5: "<i4", 9: "<f8"}
"""Types in which labels may be stored."""
_PIECE = 1_000
"""Images that are turned in one go."""


class Svhn(NamedSet):
    """Both files in one folder."""

    def find(self, root: Path) -> Path | None:
        """In the root's folder `svhn`, or in the root itself."""
        for folder in (root / self.name, root):
            if all(os.path.isfile(folder / published.file) for published in self.files):
                return folder
        return None

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        """Images (N, 32, 32, 3) and labels. Raises DataError for files that are not published."""
        from cnncli.datasets.dataset import Parts

        train, test = (
            _split(read_published(place / published.file, published, _REMEDY))
            for published in self.files
        )
        return Parts(self.description.classes, train, test)


def _split(content: bytes) -> Split:
    """The images and labels of a file; in it a label of 10 stands for the figure 0."""
    from cnncli.datasets.dataset import Split
    from cnncli.datasets.formats.gzip_stream import ZLIB, unzip

    found, at = {}, _HEADER
    while at < len(content):
        _, length = struct.unpack_from("<2I", content, at)
        part = memoryview(content)[at + 8 : at + 8 + length]
        name, stream = _variable(unzip(io.BytesIO(part), ZLIB))
        found[name] = stream
        at += 8 + length
    kind, length = _tag(found["y"])
    y = np.frombuffer(found["y"].read(length), _NUMBERS[kind])
    return Split(_images(found["X"]), y.astype(np.int64) % 10)


def _images(stream: Source) -> Images:
    """X as (N, 32, 32, 3); in the file the numbers lie as (N, 3, 32, 32): colour, column, row."""
    _, length = _tag(stream)
    images = np.empty((length // 3072, 32, 32, 3), np.uint8)
    for start in range(0, len(images), _PIECE):
        piece = images[start : start + _PIECE]
        stored = np.frombuffer(stream.read(piece.size), np.uint8).reshape(-1, 3, 32, 32)
        piece[...] = stored.transpose(0, 3, 2, 1)
    return images


def _variable(stream: Source) -> tuple[str, Source]:
    """A variable's name; the stream then stands at the tag of its numbers."""
    stream.read(8)
    _, _, name = (_element(stream) for _ in range(3))
    return name.decode("latin1"), stream


def _element(stream: Source) -> bytes:
    """The content of an element; a short one lies in its tag, whose first half says both."""
    tag = stream.read(8)
    kind, length = struct.unpack("<2I", tag)
    if kind >> 16:
        return tag[4 : 4 + (kind >> 16)]
    return stream.read(length + -length % 8)[:length]


def _tag(stream: Source) -> tuple[int, int]:
    """Type and length in bytes of the numbers that follow."""
    kind, length = struct.unpack("<2I", stream.read(8))
    return kind, length


SVHN = Svhn(
    name="svhn",
    description=Description(Volume(32, 32, 3), FIGURES),
    counts=(73_257, 26_032),
    home=_HOME,
    files=tuple(
        PublishedFile(_HOME, f"{part}_32x32.mat", size, sha256, "svhn")
        for part, size, sha256 in _FILES
    ),
    places="its two files in svhn/ or here",
    by_hand="train_32x32.mat and test_32x32.mat",
)
