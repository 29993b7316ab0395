"""Windows of a padded map as the rows of a matrix (im2row), and back.

The notes' im2col lays a window out as a column; with pixels contiguous in memory (NHWC) a row is
the natural order, and one row of a window is one run of F*C numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.chunks import spans
from cnncli.kernels.epilogue import Cut
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

_SHORT = 160
"""Bytes of a run that is copied as one number, at most."""


class Block(NamedTuple):
    """Some images, or some rows of places of one image."""

    images: slice
    rows: slice

    def count(self, width: int) -> int:
        """How many places the block has."""
        images, rows = self
        count: int = (images.stop - images.start) * (rows.stop - rows.start) * width
        return count


def row_bytes(geometry: Geometry, depth: int, itemsize: int) -> int:
    """Memory of the windows of one row of places."""
    return geometry.out.W * geometry.F.W * geometry.F.H * depth * itemsize


def pieces(geometry: Geometry, images: int, rows: int) -> Iterator[list[Block]]:
    """Blocks of at most so many rows of places; a list holds the blocks that share their images."""
    for span in spans(images, geometry.out.H, rows):
        yield [Block(span, lines) for lines in spans(geometry.out.H, 1, rows)]


def padded_size(geometry: Geometry) -> Extent:
    """The map's size with its padding (or without what is cropped)."""
    P = geometry.P
    return Extent(geometry.size.W + P.left + P.right, geometry.size.H + P.top + P.bottom)


def windows_around(geometry: Geometry) -> Geometry:
    """At stride 1: the windows of y around each pixel of x, padded by reach - 1 - P."""
    (W, H), P = geometry.reach, geometry.P
    padding = Padding(W - 1 - P.left, W - 1 - P.right, H - 1 - P.top, H - 1 - P.bottom)
    return Geometry(geometry.out, geometry.F, geometry.S, padding, geometry.size, geometry.dilation)


def overlap(size: int, before: int, after: int) -> tuple[slice, slice]:
    """Where the map lies in the padded map, and which part of the map that is (one axis)."""
    first = max(-before, 0)
    last = max(size - max(-after, 0), first)
    return slice(first + before, last + before), slice(first, last)


@dataclass(frozen=True)
class Frame:
    """A scratch map with zeros around, into which some images are copied at a time.

    Without padding there is no copy: the windows are taken from the images themselves, or from
    what a crop leaves of them. With a cut there always is: it is done to what is copied.
    """

    scratch: Array | None
    inside: tuple[slice, ...]
    """The map's place in the padded images."""
    part: tuple[slice, ...]
    """The part of the images that it is."""
    cut: Cut | None = None
    """Of lines of the part."""

    @classmethod
    def make(
        cls,
        workspace: Workspace,
        geometry: Geometry,
        images: int,
        like: Array,
        *,
        copied: bool = False,
        cut: Cut | None = None,
    ) -> "Frame":
        """A frame for up to `images` images of the dtype and depth of `like`.

        copied: without padding too, so that lines of strided images become contiguous.
        """
        scratch, P, size = None, geometry.P, geometry.size
        across, columns = overlap(size.W, P.left, P.right)
        down, lines = overlap(size.H, P.top, P.bottom)
        if copied or cut or max(P) > 0:
            W, H = padded_size(geometry)
            scratch = workspace.empty((images, H, W, like.shape[-1]), like.dtype)
            scratch[...] = cut.zero if cut else 0
        of_lines = cut and cut.along(across.stop - across.start)
        return cls(scratch, (slice(None), down, across), (slice(None), lines, columns), of_lines)

    def pad(self, x: Array) -> Array:
        """The images x (n, H, W, C) with their padding."""
        if self.scratch is None:
            return x[self.part]
        padded = self.scratch[: x.shape[0]]
        if self.cut:
            self.cut.copy(x[self.part], padded[self.inside])
        else:
            padded[self.inside] = x[self.part]
        return padded

    def blank(self, x: Array) -> Array:
        """A padded map of zeros for images x that are zero: their own memory, or the scratch."""
        if self.scratch is None:
            return self.pad(x)
        padded = self.scratch[: x.shape[0]]
        padded.fill(0)
        return padded

    def unpad(self, padded: Array, x: Array) -> None:
        """Writes what `blank` gave, and was added to since, into the images x."""
        if self.scratch is not None:
            x[self.part] = padded[self.inside]


def view(padded: Array, geometry: Geometry, rows: slice, groups: int = 1) -> Array:
    """The windows of some rows of places, without a copy.

    Returns (groups, n, rows, out W, F.H, F.W, C/groups): the channels in order of their groups.
    """
    n, _, _, C = padded.shape
    per_image, per_row, per_pixel, item = padded.strides
    F, S, dilation = geometry.F, geometry.S, geometry.dilation
    depth = C // groups
    shape = (groups, n, rows.stop - rows.start, geometry.out.W, F.H, F.W, depth)
    strides = (
        depth * item,
        per_image,
        per_row * S.H,
        per_pixel * S.W,
        per_row * dilation.H,
        per_pixel * dilation.W,
        item,
    )
    return overlapping(padded, shape, strides, rows.start * S.H * per_row)


def overlapping(x: Array, shape: tuple[int, ...], strides: tuple[int, ...], at: int = 0) -> Array:
    """A view of x from byte `at`; nothing is to be written to it.

    NumPy's `as_strided` takes ten times as long to make a view as the constructor, which wants x
    to be contiguous.
    """
    if x.flags.c_contiguous:
        return np.ndarray(shape, x.dtype, x, at, strides)
    return np.lib.stride_tricks.as_strided(
        x[:, at // x.strides[1] :], shape, strides, writeable=False
    )


def runs(x: Array, axis: int, length: int, step: int) -> Array:
    """Runs that begin at every `step`-th place of an axis, without a copy.

    The axis gives way to two, (runs, length).
    """
    count, stride = (x.shape[axis] - length) // step + 1, x.strides[axis]
    shape = (*x.shape[:axis], count, length, *x.shape[axis + 1 :])
    strides = (*x.strides[:axis], step * stride, stride, *x.strides[axis + 1 :])
    return overlapping(x, shape, strides)


def gather(padded: Array, geometry: Geometry, rows: slice, out: Array, groups: int = 1) -> Array:
    """Copies those windows into the rows of a matrix (places, F.H * F.W * C) for each group."""
    windows = view(padded, geometry, rows, groups)
    if groups == geometry.dilation.W == 1:  # a row of a window is one run of F.W * C numbers
        run, item = windows.shape[-2] * windows.shape[-1], windows.itemsize
        shape, strides = (*windows.shape[:-2], run), (*windows.strides[:-2], item)
        windows = overlapping(padded, shape, strides, rows.start * geometry.S.H * padded.strides[1])
    _copy_runs(windows, out.reshape(windows.shape))
    return out


def _copy_runs(x: Array, out: Array) -> None:
    """Copies runs along the last axis.

    From one number to the next NumPy goes within a loop, from one run to the next outside of it:
    short runs are copied as numbers of many bytes, which takes half the time.
    """
    run_bytes = x.shape[-1] * x.itemsize
    if run_bytes <= _SHORT:
        run = np.dtype((np.void, run_bytes))
        x, out = x.view(run), out.view(run)
    np.copyto(out, x)


def offsets(
    geometry: Geometry, rows: slice, columns: slice
) -> Iterator[tuple[int, int, tuple[slice, slice, slice]]]:
    """For each pixel (i, j) of a window, where it lies in padded maps, for some places."""
    S, dilation = geometry.S, geometry.dilation
    for i in range(geometry.F.H):
        down = _stride(rows, S.H, i * dilation.H)
        for j in range(geometry.F.W):
            yield i, j, (slice(None), down, _stride(columns, S.W, j * dilation.W))


def _stride(places: slice, stride: int, offset: int) -> slice:
    start, last = places.start * stride + offset, (places.stop - 1) * stride + offset
    return slice(start, last + 1, stride)


def scatter_add(
    windows: Array, geometry: Geometry, rows: slice, columns: slice, padded: Array
) -> None:
    """The transpose of `view`: adds some windows to the pixels that they were taken from."""
    groups, depth = windows.shape[0], windows.shape[-1]
    pixels = padded.reshape(*padded.shape[:3], groups, depth)
    for i, j, at in offsets(geometry, rows, columns):
        pixels[at] += windows[..., i, j, :].transpose(1, 2, 3, 0, 4)
