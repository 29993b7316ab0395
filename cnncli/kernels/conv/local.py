"""Locally connected layers: a convolution whose filters differ from place to place.

Notation: x (N, H, W, C), filters W (H2, W2, F*F*C, K), b (H2, W2, K), y (N, H2, W2, K). At each
place the windows of all images are one matrix, and the filters of the place another.
"""

from collections.abc import Iterator

from cnncli.geometry import Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES, spans
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from .windows import Frame, row_bytes, scatter_add, view


def _blocks(
    geometry: Geometry, images: int, depth: int, itemsize: int
) -> Iterator[tuple[slice, slice]]:
    """Rows of places whose windows stay in cache, or some columns of one row."""
    a_row = images * row_bytes(geometry, depth, itemsize)
    for rows in spans(geometry.out.H, a_row, PRODUCT_BYTES):
        one = rows.stop - rows.start == 1
        for columns in spans(geometry.out.W, a_row // geometry.out.W if one else 0, PRODUCT_BYTES):
            yield rows, columns


def _matrices(weights: Array, rows: slice, columns: slice) -> Array:
    """The places' own matrices, (places, F*F*C, K), without a copy."""
    return weights[rows, columns].reshape(-1, *weights.shape[2:])


def _places(y: Array, rows: slice, columns: slice) -> Array:
    """The places of an output-shaped array, (places, N, K), without a copy."""
    part: Array = y[:, rows, columns].reshape(len(y), -1, y.shape[-1]).transpose(1, 0, 2)
    return part


def _gather(
    workspace: Workspace, padded: Array, geometry: Geometry, rows: slice, columns: slice
) -> Array:
    """The windows of the places in all images, (rows, columns, N, F.H, F.W, C)."""
    (windows,) = view(padded, geometry, rows)
    at_places = windows[:, :, columns].transpose(1, 2, 0, 3, 4, 5)
    out: Array = workspace.empty(at_places.shape, padded.dtype)
    np.copyto(out, at_places)
    return out


def forward(workspace: Workspace, x: Array, W: Array, b: Array | None, geometry: Geometry) -> Array:
    """y = each window times the filters of its place, plus the biases of its place."""
    N, depth, K = len(x), W.shape[2], W.shape[3]
    y: Array = workspace.empty((N, geometry.out.H, geometry.out.W, K), x.dtype)
    padded = Frame.make(workspace, geometry, N, x).pad(x)
    for rows, columns in _blocks(geometry, N, x.shape[-1], x.itemsize):
        windows = _gather(workspace, padded, geometry, rows, columns).reshape(-1, N, depth)
        np.matmul(windows, _matrices(W, rows, columns), out=_places(y, rows, columns))
    if b is not None:
        y += b
    return y


def backward(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """Writes dW, the windows times dy at each place; returns dx, dy taken back by the filters."""
    weight_gradient(workspace, x, geometry, dy, dW)
    N, F, depth = len(x), geometry.F, x.shape[-1]
    dx: Array = workspace.zeros(x.shape, dy.dtype)
    frame = Frame.make(workspace, geometry, N, dx)
    padded = frame.blank(dx)
    for rows, columns in _blocks(geometry, N, depth, dy.itemsize):
        filters = _matrices(W, rows, columns).transpose(0, 2, 1)
        windows: Array = workspace.empty((len(filters), N, filters.shape[2]), dy.dtype)
        np.matmul(_places(dy, rows, columns), filters, out=windows)
        by_place = windows.reshape(1, rows.stop - rows.start, -1, N, F.H, F.W, depth)
        by_image = by_place.transpose(0, 3, 1, 2, 4, 5, 6)
        scatter_add(by_image, geometry, rows, columns, padded)
    frame.unpad(padded, dx)
    return dx


def weight_gradient(
    workspace: Workspace, x: Array, geometry: Geometry, dy: Array, dW: Array
) -> None:
    """Writes dW, the windows times dy at each place."""
    N, depth = len(x), dW.shape[2]
    padded = Frame.make(workspace, geometry, N, x).pad(x)
    for rows, columns in _blocks(geometry, N, x.shape[-1], x.itemsize):
        windows = _gather(workspace, padded, geometry, rows, columns).reshape(-1, N, depth)
        upstream = _places(dy, rows, columns)
        np.matmul(windows.transpose(0, 2, 1), upstream, out=_matrices(dW, rows, columns))
