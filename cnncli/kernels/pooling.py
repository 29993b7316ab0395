"""Pooling: the largest pixel under each window, the average, or the L2 norm."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.lazy import Array, DTypeLike, NDArray, np

from .chunks import PRODUCT_BYTES, spans
from .pooling_axis import (
    AnyWindows,
    axes_of,
    first_maximum,
    gather,
    offset_bytes,
    scatter,
    to_first_maximum,
)
from .workspace import Workspace

Masks: TypeAlias = "list[NDArray[np.bool_]]"
Places: TypeAlias = tuple[Array, Array]
"""Of maxima: at which offset in a row of the window, for each row (N, H, W2, C), and in which of
these rows (N, H2, W2, C). A byte for each, if a window has up to 256 of them."""
Mode: TypeAlias = Literal["max", "average", "L2"]
Cache: TypeAlias = tuple[Any, ...]
"""The function that goes back, and what it needs before the windows and dy."""


def forward(
    workspace: Workspace,
    x: Array,
    mode: Mode,
    border: Padding,
    windows: AnyWindows,
    training: bool,
) -> tuple[Array, Cache]:
    """The maximum, the average or the root of the sum of squares of each window.

    border: what an average counts beside the map. training: whether the cache is used.
    """
    if mode == "average":
        return average(workspace, x, border, windows), (average_backward, x.shape, border)
    if mode == "max" and not training:
        return maximum(workspace, x, windows), ()
    if mode == "max":
        y, places = maximum_with_places(workspace, x, windows)
        return y, (maximum_backward, places)
    y = norm(workspace, x, windows)
    return y, (norm_backward, x, y)


def backward(workspace: Workspace, cache: Cache, windows: AnyWindows, dy: Array) -> Array:
    """dy goes to the first maximum of each window, in equal parts to all, or by x/y."""
    function, *kept = cache
    dx: Array = function(workspace, *kept, windows, dy)
    return dx


def maximum(workspace: Workspace, x: Array, geometry: AnyWindows) -> Array:
    """(N, H2, W2, C): the largest real pixel under each window."""
    N, _, _, C = x.shape
    y: Array = workspace.empty((N, geometry.out.H, geometry.out.W, C), x.dtype)
    for span in spans(N, x[:1].nbytes):  # a few images at a time, in cache between both axes
        _over_windows(workspace, np.maximum, x[span], geometry, y[span])
    return y


def maximum_of_tiles(workspace: Workspace, x: Array, geometry: Geometry) -> tuple[Array, Masks]:
    """The same where windows tile the map, and for each pixel of a window but the first, where
    it is larger than all before it, in the order of rows.
    """
    F, N, C = geometry.F, x.shape[0], x.shape[-1]
    y: Array = workspace.empty((N, geometry.out.H, geometry.out.W, C), x.dtype)
    masks = [workspace.empty(y.shape, np.bool_) for _ in range(F.W * F.H - 1)]
    for span in spans(N, x[:1].nbytes, PRODUCT_BYTES):
        first, *others = _pixels_of_tiles(x[span], geometry)
        most = y[span]
        np.copyto(most, first)
        pixel = workspace.empty(most.shape, x.dtype)
        for mask, other in zip(masks, others, strict=True):
            np.copyto(pixel, other)  # a copy of strided pixels costs less than reading them twice
            np.greater(pixel, most, out=mask[span])
            np.maximum(most, pixel, out=most)
    return y, masks


def maximum_of_tiles_backward(
    workspace: Workspace, masks: Masks, geometry: Geometry, dy: Array
) -> Array:
    """dy goes to the last pixel that is larger than all before it: the first maximum.

    From the last pixel to the first each takes what is left where it was marked. No number of x
    or y is read again, and every number of dx is written once.
    """
    N, C = dy.shape[0], dy.shape[-1]
    dx: Array = workspace.empty((N, geometry.size.H, geometry.size.W, C), dy.dtype)
    for span in spans(N, dx[:1].nbytes, PRODUCT_BYTES):
        first, *others = _pixels_of_tiles(dx[span], geometry)
        rest, given = (workspace.empty(dy[span].shape, dy.dtype) for _ in range(2))
        np.copyto(rest, dy[span])
        for mask, other in zip(reversed(masks), reversed(others), strict=True):
            np.multiply(rest, mask[span], out=given)
            rest -= given
            np.copyto(other, given)
        np.copyto(first, rest)
    return dx


def _pixels_of_tiles(x: Array, geometry: Geometry) -> list[Array]:
    """For each pixel of a window, in the order of rows, that pixel of all windows."""
    F = geometry.F
    return [x[:, i :: F.H, j :: F.W] for i, j in np.ndindex(F.H, F.W)]


def maximum_with_places(
    workspace: Workspace, x: Array, geometry: AnyWindows
) -> tuple[Array, Places]:
    """The same, and where each is: the first one in the order of rows."""
    across, down = axes_of(geometry)
    N, H, _, C = x.shape
    y: Array = workspace.empty((N, down.out, across.out, C), x.dtype)
    offsets = workspace.empty((N, H, across.out, C), f"u{offset_bytes(across)}")
    rows = workspace.empty(y.shape, f"u{offset_bytes(down)}")
    for span in spans(N, x[:1].nbytes):
        narrow = workspace.empty(offsets[span].shape, x.dtype)
        first_maximum(workspace, x[span], across, narrow, offsets[span])
        first_maximum(workspace, narrow, down, y[span], rows[span])
    return y, (offsets, rows)


def places_bytes(geometry: AnyWindows) -> int:
    """What the places of the maxima take for one channel of an image."""
    across, down = axes_of(geometry)
    return across.out * (down.size * offset_bytes(across) + down.out * offset_bytes(down))


def maximum_backward(
    workspace: Workspace, places: Places, geometry: AnyWindows, dy: Array
) -> Array:
    """dy goes to the first maximum of each window, in the order of rows.

    First to the rows of windows that have it, and from these to their pixels: as in forward, F + F
    steps. No number of x or y is read again, and every number of dx is written once.
    """
    offsets, rows = places
    across, down = axes_of(geometry)
    N, C = dy.shape[0], dy.shape[-1]
    dx: Array = workspace.empty((N, geometry.size.H, geometry.size.W, C), dy.dtype)
    for span in spans(N, dx[:1].nbytes):
        rest = workspace.empty(dy[span].shape, dy.dtype)
        np.copyto(rest, dy[span])
        narrow: Array = workspace.empty(offsets[span].shape, dy.dtype)
        to_first_maximum(workspace, rest, rows[span], down, narrow)
        to_first_maximum(workspace, narrow, offsets[span], across, dx[span])
    return dx


def _over_windows(
    workspace: Workspace, combine: np.ufunc, x: Array, geometry: AnyWindows, out: Array
) -> Array:
    """Combines the real pixels under each window of x (n, H, W, C) into `out` (n, H2, W2, C).

    Rows first: their pixels lie in a row. What comes of a band of them stays in cache.
    """
    across, down = axes_of(geometry)
    n, _, W, C = x.shape
    rows = PRODUCT_BYTES // (W * C * x.itemsize * down.S)
    for places, pixels, band in down.bands(max(rows, 1)):
        flat: Array = workspace.empty((n, band.out, W, C), x.dtype)
        gather(workspace, combine, x[:, pixels], band, flat)
        gather(workspace, combine, flat, across, out[:, places])
    return out


def _to_pixels(workspace: Workspace, dy: Array, geometry: AnyWindows, out: Array) -> Array:
    """The transpose of the sum over windows: from dy (n, H2, W2, C) to `out` (n, H, W, C)."""
    across, down = axes_of(geometry)
    n, H, _, C = out.shape
    narrow: Array = workspace.empty((n, H, across.out, C), dy.dtype)
    return scatter(scatter(dy, down, narrow), across, out)


def _is_global(geometry: AnyWindows) -> bool:
    """One window, over the whole map."""
    if not isinstance(geometry, Geometry):
        return geometry.out == Extent(1, 1)
    return geometry.size == geometry.F and geometry.out == Extent(1, 1) and Padding() == geometry.P


def _weights(geometry: AnyWindows, border: Padding, dtype: DTypeLike) -> Array:
    """(H2, W2, 1): one over the number of pixels under each window, and of the border there."""
    across, down = axes_of(geometry)
    counts = np.outer(
        down.pixels(border.top, border.bottom), across.pixels(border.left, border.right)
    )
    return (1 / counts).astype(dtype)[:, :, None]


def average(workspace: Workspace, x: Array, border: Padding, geometry: AnyWindows) -> Array:
    """(N, H2, W2, C): the mean of the pixels under each window, and of zeros in that border."""
    N, H, W, C = x.shape
    y: Array = workspace.empty((N, geometry.out.H, geometry.out.W, C), x.dtype)
    if _is_global(geometry):
        weights = np.full((1, H * W), 1 / (H * W), x.dtype)
        np.matmul(weights, x.reshape(N, H * W, C), out=y.reshape(N, 1, C))
        return y
    weights = _weights(geometry, border, x.dtype)
    for span in spans(N, x[:1].nbytes):
        part = _over_windows(workspace, np.add, x[span], geometry, y[span])
        part *= weights
    return y


def average_backward(
    workspace: Workspace,
    in_shape: tuple[int, ...],
    border: Padding,
    geometry: AnyWindows,
    dy: Array,
) -> Array:
    """dy in equal parts to the pixels under each window; those of the border lose theirs."""
    dx: Array = workspace.empty(in_shape, dy.dtype)
    weights = _weights(geometry, border, dy.dtype)
    scaled = np.multiply(dy, weights, out=workspace.empty(dy.shape, dy.dtype))
    if _is_global(geometry):
        np.copyto(dx, scaled)
        return dx
    for span in spans(in_shape[0], dx[:1].nbytes):
        _to_pixels(workspace, scaled[span], geometry, dx[span])
    return dx


def norm(workspace: Workspace, x: Array, geometry: AnyWindows) -> Array:
    """(N, H2, W2, C): the square root of the sum of squares under each window.

    The sum is in float64, where no square of a float32 number overflows or vanishes.
    """
    N, _, _, C = x.shape
    y: Array = workspace.empty((N, geometry.out.H, geometry.out.W, C), x.dtype)
    for span in spans(N, 2 * x[:1].nbytes):
        squares = workspace.empty(x[span].shape, np.float64)
        np.square(x[span], out=squares, dtype=np.float64)
        sums = workspace.empty(y[span].shape, np.float64)
        _over_windows(workspace, np.add, squares, geometry, sums)
        y[span] = np.sqrt(sums, out=sums)
    return y


def norm_backward(
    workspace: Workspace, x: Array, y: Array, geometry: AnyWindows, dy: Array
) -> Array:
    """dx = x * the sum of dy/y over the windows above it; 0 from a window whose y is 0."""
    dx: Array = workspace.empty(x.shape, x.dtype)
    for span in spans(x.shape[0], 3 * x[:1].nbytes):
        quotients = workspace.zeros(y[span].shape, np.float64)
        np.divide(dy[span], y[span], out=quotients, where=y[span] > 0, dtype=np.float64)
        shares = workspace.empty(x[span].shape, np.float64)
        _to_pixels(workspace, quotients, geometry, shares)
        dx[span] = np.multiply(shares, x[span], out=shares)
    return dx
