"""Windows of a padded map as the rows of a matrix (im2row), and back.

The notes' im2col lays a window out as a column; with pixels contiguous in memory (NHWC) a row is
the natural order, and one row of a window is one run of F*C numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from .blocks import PRODUCT_BYTES, spans
from .geometry import Extent, Geometry, Padding
from .workspace import Workspace

Array = NDArray[np.float32]


class Block(NamedTuple):
    """Some images, or some rows of places of one image."""

    images: slice
    rows: slice

    def count(self, width: int) -> int:
        """How many places the block has."""
        images, rows = self
        count: int = (images.stop - images.start) * (rows.stop - rows.start) * width
        return count


def row_bytes(where: Geometry, depth: int, itemsize: int) -> int:
    """Memory of the windows of one row of places."""
    return where.out.W * where.F.W * where.F.H * depth * itemsize


def groups(where: Geometry, images: int, depth: int, itemsize: int) -> Iterator[list[Block]]:
    """Blocks of about the target size; a list holds the blocks that share their images."""
    a_row = row_bytes(where, depth, itemsize)
    for span in spans(images, a_row * where.out.H, PRODUCT_BYTES):
        one = span.stop - span.start == 1
        yield [Block(span, rows) for rows in spans(where.out.H, a_row if one else 0, PRODUCT_BYTES)]


def padded_size(where: Geometry) -> Extent:
    """The map's size with its padding (or without what is cropped)."""
    P = where.P
    return Extent(where.size.W + P.left + P.right, where.size.H + P.top + P.bottom)


def _overlap(size: int, before: int, after: int) -> tuple[slice, slice]:
    """Where the map lies in the padded map, and which part of the map that is (one axis)."""
    inside = slice(max(before, 0), size + before + min(after, 0))
    part = slice(max(-before, 0), size - max(-after, 0))
    return inside, part


@dataclass(frozen=True)
class Frame:
    """A scratch map with zeros around, into which some images are copied at a time.

    Without padding there is no copy: the windows are taken from the images themselves.
    """

    where: Geometry
    scratch: Array | None

    @classmethod
    def make(cls, workspace: Workspace, where: Geometry, images: int, like: Array) -> "Frame":
        """A frame for up to `images` images of the dtype and depth of `like`."""
        if Padding() == where.P:
            return cls(where, None)
        W, H = padded_size(where)
        return cls(where, workspace.zeros((images, H, W, like.shape[-1]), like.dtype))

    def pad(self, x: Array) -> Array:
        """The images x (n, H, W, C) with their padding."""
        if self.scratch is None:
            return x
        P, size = self.where.P, self.where.size
        across, columns = _overlap(size.W, P.left, P.right)
        down, lines = _overlap(size.H, P.top, P.bottom)
        padded = self.scratch[: x.shape[0]]
        padded[:, down, across] = x[:, lines, columns]
        return padded

    def inner(self, padded: Array) -> tuple[Array, tuple[slice, slice]]:
        """The part of a padded map that is map, and the lines and columns of it."""
        P, size = self.where.P, self.where.size
        across, columns = _overlap(size.W, P.left, P.right)
        down, lines = _overlap(size.H, P.top, P.bottom)
        return padded[:, down, across], (lines, columns)


def view(padded: Array, where: Geometry, rows: slice) -> Array:
    """The windows of some rows of places, as (n, rows, out W, F.H, F.W * C), without a copy."""
    n, _, _, C = padded.shape
    per_image, per_row, per_pixel, item = padded.strides
    F, S = where.F, where.S
    assert per_pixel == C * item, "the rows of a window must be contiguous"
    part = padded[:, rows.start * S.H :]
    return as_strided(
        part,
        (n, rows.stop - rows.start, where.out.W, F.H, F.W * C),
        (per_image, per_row * S.H, per_pixel * S.W, per_row, item),
        writeable=False,
    )


def gather(padded: Array, where: Geometry, rows: slice, out: Array) -> Array:
    """Copies those windows into the rows of a matrix (places, F.H * F.W * C)."""
    windows = view(padded, where, rows)
    np.copyto(out.reshape(windows.shape), windows)
    return out


def scatter_add(matrix: Array, where: Geometry, rows: slice, padded: Array) -> None:
    """The transpose of `gather`: adds each window to the pixels that it was taken from."""
    n, _, _, C = padded.shape
    F, S, width = where.F, where.S, where.out.W
    height = rows.stop - rows.start
    windows = matrix.reshape(n, height, width, F.H, F.W, C)
    for i in range(F.H):
        first = rows.start * S.H + i
        lines = slice(first, first + (height - 1) * S.H + 1, S.H)
        for j in range(F.W):
            columns = slice(j, j + (width - 1) * S.W + 1, S.W)
            padded[:, lines, columns] += windows[:, :, :, i, j]
