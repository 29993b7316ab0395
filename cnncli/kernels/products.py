"""What products of windows are made of: blocks in cache, their windows, and sums over blocks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .dense import pixels
from .geometry import Extent, Geometry
from .groups import by_group
from .windows import Block, Frame, gather, pieces
from .workspace import Workspace

Array = NDArray[np.float32]


def part(array: Array, block: Block, groups: int) -> Array:
    """The block's places of an output-shaped array, one row a place: (groups, places, D/groups)."""
    places = array[block.images, block.rows]
    rows: Array = places.reshape(-1, groups, places.shape[-1] // groups).transpose(1, 0, 2)
    return rows


def framed(
    workspace: Workspace, where: Geometry, x: Array, depth: int | None = None
) -> Iterator[tuple[Frame, list[Block]]]:
    """A frame for some images of x at a time, and the blocks of places in them.

    Blocks are as large as if the images had `depth`; by default they have their own.
    """
    frame = None
    for shared in pieces(where, x.shape[0], depth or x.shape[-1], x.itemsize):
        images = shared[0].images
        if frame is None:  # lengths of pieces differ by at most one
            frame = Frame.make(workspace, where, images.stop - images.start + 1, x)
        yield frame, shared


def blocks(
    workspace: Workspace, x: Array, where: Geometry, depth: int | None = None
) -> Iterator[tuple[Array, Block]]:
    """Some padded images at a time, and each block of places in them."""
    for frame, shared in framed(workspace, where, x, depth):
        padded = frame.pad(x[shared[0].images])
        for block in shared:
            yield padded, block


def windows(
    workspace: Workspace, padded: Array, where: Geometry, block: Block, groups: int
) -> Array:
    """The block's windows as (groups, places, F.H * F.W * C/groups).

    Of a 1x1 window at stride 1 a pixel is all there is, and nothing is copied.
    """
    if where.F == where.S == Extent(1, 1):
        return by_group(pixels(padded[:, block.rows]), groups)
    depth = where.F.H * where.F.W * padded.shape[-1] // groups
    out: Array = workspace.empty((groups, block.count(where.out.W), depth), padded.dtype)
    return gather(padded, where, block.rows, out, groups)


class Sum:
    """A sum of products over blocks, without an extra pass for the first."""

    def __init__(self, workspace: Workspace, shape: tuple[int, int, int], dtype: DTypeLike) -> None:
        self.total: Array = workspace.empty(shape, dtype)
        self._term: Array = workspace.empty(shape, dtype)
        self._started = False

    def add(self, a: Array, b: Array) -> None:
        """Adds a @ b, for each matrix of the stacks."""
        np.matmul(a, b, out=self._term if self._started else self.total)
        if self._started:
            self.total += self._term
        self._started = True
