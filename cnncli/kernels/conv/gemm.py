"""What products of windows are made of: blocks in cache, their windows, and sums over blocks."""

from collections.abc import Iterator
from math import gcd

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES, spans
from cnncli.kernels.dense import pixels
from cnncli.kernels.epilogue import Cut
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, DTypeLike, np

from .windows import Block, Frame, gather, pieces, row_bytes


def part(array: Array, block: Block, groups: int) -> Array:
    """The block's places of an output-shaped array, one row a place: (groups, places, D/groups)."""
    return by_group(pixels(array[block.images, block.rows]), groups)


_ALIGNED = 16
"""Rows that BLAS's kernels take at a time: pieces of fewer would be slower than the copy."""
_NARROW = 64
"""Columns of a piece of a matrix that is too large for pieces of whole rows."""
_LONG = 80
"""Rows of a term of a sum from which on they save more than adding the terms costs."""


def multiply(workspace: Workspace, a: Array, b: Array, out: Array) -> None:
    """out = a @ b for stacks (..., M, k) and (..., k, n), in pieces of rows that are not copied.

    Where BLAS has kernels that do not copy, a product that it copies into its own order first is
    slower by a tenth (wide matrices) up to a half (16 columns).
    """
    M, (k, n) = a.shape[-2], b.shape[-2:]
    unpacked = workspace.profile.unpacked
    rows = unpacked // max(k * n, 1)
    if rows < _ALIGNED and n % _NARROW == 0 and unpacked >= 2 * _ALIGNED * k * _NARROW:
        a, b, out = a[..., None, :, :], _columns(b, _NARROW), _columns(out, _NARROW)
        n = _NARROW
        rows = unpacked // (k * n)
    if rows >= M or rows < _ALIGNED:  # small enough as it is, or copied even in small pieces
        np.matmul(a, b, out=out)
        return
    if b.strides[-1] != b.itemsize:  # transposed, which those kernels read at half the speed
        turned: Array = workspace.empty(b.shape, b.dtype)
        np.copyto(turned, b)
        b = turned
    # as few pieces as the limit allows, nearly equal, and of a multiple of the rows that OpenBLAS
    # takes at a time: 100 rows under a limit of 70 are 64 and 36, not 70 and 30
    rows = min(rows, -(-M // -(-M // rows) // _ALIGNED) * _ALIGNED)
    rows -= rows % _ALIGNED if rows > _ALIGNED else 0
    whole = M - M % rows
    # all whole pieces in one call: matmul runs over the stack in C
    np.matmul(_split(a, whole, rows), b[..., None, :, :], out=_split(out, whole, rows))
    if whole < M:
        np.matmul(a[..., whole:, :], b, out=out[..., whole:, :])


def multiply_columns(workspace: Workspace, a: Array, b: Array, out: Array) -> None:
    """out = a @ b for a small matrix (M, k) and stacks (..., k, n), in pieces of columns.

    BLAS copies none of these pieces, if it can do without: products of few rows, and as many
    columns as there are numbers to transform, are up to four times as fast then.
    """
    (M, k), n = a.shape, b.shape[-1]
    most = workspace.profile.unpacked // (M * k * _ALIGNED) * _ALIGNED
    if not _NARROW <= most < n:
        np.matmul(a, b, out=out)
        return
    width = -(-n // -(-n // most) // _ALIGNED) * _ALIGNED  # of as few pieces as there can be
    whole = n - n % width
    np.matmul(a, _columns(b[..., :whole], width), out=_columns(out[..., :whole], width))
    if whole < n:
        np.matmul(a, b[..., whole:], out=out[..., whole:])


def fewer_rows(workspace: Workspace, rows: int, multiplications: int) -> int:
    """Rows of places that are summed in one product, where each adds so many multiplications.

    So few that the product is not copied, if they are not much fewer: every product's result is
    one more term of the sum.
    """
    unpacked = workspace.profile.unpacked // multiplications
    return unpacked if 0 < rows // 4 <= unpacked < rows else rows


def _split(matrix: Array, whole: int, rows: int) -> Array:
    """(..., M, n) as (..., pieces, rows, n), a view."""
    pieces: Array = matrix[..., :whole, :]
    return pieces.reshape(*matrix.shape[:-2], whole // rows, rows, matrix.shape[-1])


def _columns(matrix: Array, width: int) -> Array:
    """(..., M, n) as (..., pieces, M, width), a view."""
    pieces: Array = matrix.reshape(*matrix.shape[:-1], -1, width)
    return pieces.swapaxes(-2, -3)


def blocks(
    workspace: Workspace, x: Array, geometry: Geometry, cut: Cut | None = None
) -> Iterator[tuple[Array, Block]]:
    """Some padded images at a time, and each block of places in them.

    A block has as many rows of places as have their windows in cache, at least one. cut: what is
    done to the images.
    """
    frame = None
    rows = max(PRODUCT_BYTES // row_bytes(geometry, x.shape[-1], x.itemsize), 1)
    for shared in pieces(geometry, x.shape[0], rows):
        images = shared[0].images
        if frame is None:  # lengths of pieces differ by at most one
            frame = Frame.make(workspace, geometry, images.stop - images.start + 1, x, cut=cut)
        padded = frame.pad(x[images])
        for block in shared:
            yield padded, block


def windows(
    workspace: Workspace, padded: Array, geometry: Geometry, block: Block, groups: int
) -> Array:
    """The block's windows as (groups, places, F.H * F.W * C/groups).

    Of a 1x1 window at stride 1 a pixel is all there is, and nothing is copied.
    """
    if geometry.F == geometry.S == Extent(1, 1):
        return by_group(pixels(padded[:, block.rows]), groups)
    depth = geometry.F.H * geometry.F.W * padded.shape[-1] // groups
    out: Array = workspace.empty((groups, block.count(geometry.out.W), depth), padded.dtype)
    return gather(padded, geometry, block.rows, out, groups)


class Sum:
    """A sum of products over blocks, without an extra pass for the first.

    Its total is written to `out`, where that is given.
    """

    def __init__(
        self,
        workspace: Workspace,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        out: Array | None = None,
    ) -> None:
        self.total: Array = workspace.empty(shape, dtype) if out is None else out
        self._workspace = workspace
        self._started = False

    def add(self, a: Array, b: Array) -> None:
        """Adds a @ b, for each matrix of the stacks.

        In pieces of the inner dimension that BLAS does not copy, where these are long: each is one
        more term, and several are computed and added at a time.
        """
        inner, (C, K) = b.shape[-2], self.total.shape[-2:]
        most = self._workspace.profile.unpacked // (C * K)
        if inner <= most or most < _LONG:
            self._add(a, b)
            return
        length = -(-inner // -(-inner // most))  # of as few pieces as there can be, nearly equal
        whole = inner - inner % length
        left = _split(a.swapaxes(-1, -2), whole, length).swapaxes(-1, -2)
        right = _split(b, whole, length)
        for some in spans(whole // length, self.total.nbytes, PRODUCT_BYTES):
            self._add(left[..., some, :, :], right[..., some, :, :], stacked=True)
        if whole < inner:
            self._add(a[..., whole:], b[..., whole:, :])

    def _add(self, a: Array, b: Array, *, stacked: bool = False) -> None:
        """Adds a @ b, and where they are stacked the sum of such products."""
        empty, dtype = self._workspace.empty, self.total.dtype
        room = empty(self.total.shape, dtype) if self._started else self.total
        if stacked:
            terms = empty((*a.shape[:-1], b.shape[-1]), dtype)
            np.add.reduce(np.matmul(a, b, out=terms), axis=-3, out=room)
        else:
            np.matmul(a, b, out=room)
        if self._started:
            self.total += room
        self._started = True


_WIDTH = 16
"""Channels, or filters, of a group from which on its products are fast: a cache line of floats."""
_TURNED = 16
"""Channels that are turned at a time: all of many would reach for as many lines of the cache."""


def by_group(matrix: Array, groups: int) -> Array:
    """(rows, D) as (groups, rows, D/groups), without a copy."""
    stack: Array = matrix.reshape(matrix.shape[0], groups, -1).transpose(1, 0, 2)
    return stack


def filters_by_group(W: Array, groups: int) -> Array:
    """(groups, F*F*C/groups, K/groups)."""
    return by_group(W.reshape(-1, W.shape[-1]), groups)


def turn_filters(workspace: Workspace, W: Array, groups: int) -> Array:
    """The filters turned by 180 degrees, with input and output swapped: (F, F, K/G, C).

    For each group its filters become the depth, and its channels the filters.
    """
    FH, FW, depth, K = W.shape
    swapped = W[::-1, ::-1].reshape(FH, FW, depth, groups, K // groups).transpose(0, 1, 4, 3, 2)
    out: Array = workspace.empty(swapped.shape, W.dtype)
    for some in spans(depth, 1, _TURNED):
        np.copyto(out[..., some], swapped[..., some])
    return out.reshape(FH, FW, K // groups, groups * depth)


def merge_groups(workspace: Workspace, W: Array, groups: int) -> Array:
    """The filters (F, F, C/G, K) of small groups as those of fewer, larger ones.

    A filter has zeros for the channels of the groups that were joined to its own: in narrow
    matrices the multiplications by zero cost less than they save.
    """
    FH, FW, depth, K = W.shape
    joined = gcd(groups, max(_WIDTH // max(depth, K // groups), 1))
    if joined == 1:
        return W
    wide: Array = workspace.zeros((FH, FW, joined * depth, K), W.dtype)
    _diagonal(wide, joined, groups)[...] = _split_groups(W, joined, groups)
    return wide


def separate_groups(wide: Array, groups: int, out: Array) -> None:
    """The transpose of `merge_groups`, for gradients: writes the small groups' to `out`."""
    joined = wide.shape[2] // out.shape[2]
    _split_groups(out, joined, groups)[...] = _diagonal(wide, joined, groups)


def _split_groups(W: Array, joined: int, groups: int) -> Array:
    """(F, F, C/G, K) as (F, F, C/G, G/joined, joined, K/G), a view."""
    return W.reshape(*W.shape[:3], groups // joined, joined, -1)


def _diagonal(wide: Array, joined: int, groups: int) -> Array:
    """What of the large groups' filters belongs to the small ones, in the order of `_split`."""
    FH, FW, depth, _ = wide.shape
    blocks = wide.reshape(FH, FW, joined, depth // joined, groups // joined, joined, -1)
    view: Array = np.einsum("hwjcgjk->hwcgjk", blocks)  # a view, also to write to
    return view
